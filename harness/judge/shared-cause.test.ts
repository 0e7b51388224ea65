import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceResponses } from '../evidence/facts.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import type { Result } from './result.ts';
import {
  judgeSample,
  type ObservedFacts,
  observed,
  plannedCheck,
  samplePlan,
  shortOf,
} from './testing/sample-run.ts';

const list = { op: 'empty' } as const;
const services = ['mcp-server', 'file-service', 'saga-service', 'user-service'];

/** Judges the sample plan with further checks, each with its facts. */
function judged(...added: readonly (readonly [PlannedCheck, ObservedFacts])[]): Result {
  const plan = samplePlan();
  const changes = Object.fromEntries(added.map(([{ id }, facts]) => [id, facts]));
  return judgeSample(changes, {}, { ...plan, checks: [...plan.checks, ...added.map(([check]) => check)] });
}

const causes = ({ blockers }: Result) =>
  blockers.map(({ title, root, blocks }) => ({ title, explains: [root, ...blocks].sort() }));

const failedAt = (service: string, failed: number, total: number): ServiceResponses[] => [
  { service, total, failed, ...(failed > 0 ? { example: 'POST /api/auth/register: 500' } : {}) },
];

describe('two per cent of errors at the gateway', () => {
  const isolation = plannedCheck({
    id: 'infra.row-security',
    title: 'A tenant sees its own rows only',
    failureTitle: 'A tenant sees the rows of another one',
    severity: 'blocker',
  });
  const touched = shortOf('product-failure', { message: 'POST /api/auth/register responded with 500' });
  const victims = ['api.profile', 'api.files', 'api.chat'].map((id) => plannedCheck({ id, category: 'api' }));

  it('come before the checks that stumbled over them', () => {
    const result = judged(
      [isolation, { ...touched, responses: failedAt('gateway', 1, 40) }],
      ...victims.map((check) => [check, { ...touched, responses: failedAt('gateway', 1, 50) }] as const),
      [plannedCheck({ id: 'api.fine' }), observed({ ok: true }, { responses: failedAt('gateway', 0, 10) })],
    );
    expect(causes(result)).toEqual([
      {
        title: 'gateway responds with server errors or not at all',
        explains: ['api.chat', 'api.files', 'api.profile', 'infra.row-security'],
      },
    ]);
    expect(result.blockers[0]).toMatchObject({
      severity: 'blocker',
      cause:
        'gateway: 4 of 200 requests of all checks failed (2.0 %), e.g. POST /api/auth/register: 500. 4 checks fail with them.',
    });
  });

  it('do not take over a check that saw the defect which it looks for', () => {
    const result = judged(
      [isolation, observed({ ok: false }, { responses: failedAt('gateway', 1, 40) })],
      ...victims.map((check) => [check, { ...touched, responses: failedAt('gateway', 1, 50) }] as const),
    );
    expect(causes(result).map(({ title }) => title)).toEqual([
      'gateway responds with server errors or not at all',
      'A tenant sees the rows of another one',
    ]);
  });

  it('explain a check that observed them in place of its values', () => {
    const status = plannedCheck({ id: 'api.status', expects: { status: { op: 'equals', value: 200 } } });
    const lines = plannedCheck({ id: 'api.lines', expects: { problems: list } });
    const result = judged(
      [status, observed({ status: 502 }, { responses: failedAt('gateway', 1, 3) })],
      [lines, observed({ problems: ['GET /x: 500 from gateway'] }, { responses: failedAt('gateway', 1, 3) })],
      [victims[0] as PlannedCheck, { ...touched, responses: failedAt('gateway', 1, 3) }],
    );
    expect(causes(result)).toHaveLength(1);
  });

  it('are nothing in common while only two checks meet them', () => {
    const result = judged(
      ...victims
        .slice(0, 2)
        .map((check) => [check, { ...touched, responses: failedAt('gateway', 1, 50) }] as const),
    );
    expect(causes(result).map(({ title }) => title)).toEqual([
      'Could not finish: Title of api.files',
      'Could not finish: Title of api.profile',
    ]);
  });
});

describe('a store that responds to no service', () => {
  it('is one root cause that every service names', () => {
    const checks = services.map((service) =>
      plannedCheck({
        id: `services.${service}.dependencies`,
        services: [service],
        severity: 'blocker',
        expects: { failedDependencies: list },
      }),
    );
    const result = judged(
      ...checks.map(
        (check) =>
          [
            check,
            observed(
              { failedDependencies: ['postgresql: 57P01', 'durable: waits'] },
              { responses: [{ service: 'x', total: 1, failed: 1, example: 'GET /ready: 503' }] },
            ),
          ] as const,
      ),
    );
    expect(causes(result).map(({ title }) => title)).toEqual(['durable fails for 4 services']);
    expect(result.blockers[0]?.cause).toContain('postgresql: 57P01');
  });
});

describe('checks of several services that fail at one route', () => {
  const available = (service: string, category: PlannedCheck['category'] = 'services') =>
    plannedCheck({ id: `${category}.${service}.works`, category, expects: { problems: list } });
  const at = (route: string) =>
    observed({ problems: [`round 1: ${route} returned 401 from platform-services`] });

  it('name the route', () => {
    const result = judged(
      ...services.map((service) => [available(service), at('GET /internal/users/1/authority')] as const),
    );
    expect(causes(result).map(({ title }) => title)).toEqual([
      '4 checks fail at GET /internal/users/1/authority',
    ]);
  });

  it.each(['GET /ready', 'GET /health'])('have nothing in common when each fails at its own %s', (route) => {
    const result = judged(...services.map((service) => [available(service), at(route)] as const));
    expect(causes(result)).toHaveLength(4);
  });

  it('keep their own titles when they are checks of security', () => {
    const result = judged(
      ...services.map((service) => [available(service, 'security'), at('GET /files/1')] as const),
    );
    expect(causes(result)).toHaveLength(4);
  });
});

describe('the order of root causes', () => {
  it('puts one that explains many before one of higher severity that explains itself', () => {
    const many = ['a', 'b', 'c'].map((name) => plannedCheck({ id: `api.${name}`, category: 'api' }));
    const result = judged(
      [plannedCheck({ id: 'infra.single', severity: 'blocker' }), observed({ ok: false })],
      ...many.map(
        (check) => [check, { ...shortOf('timeout'), responses: failedAt('user-service', 2, 4) }] as const,
      ),
    );
    expect(causes(result)[0]?.explains).toEqual(['api.a', 'api.b', 'api.c']);
  });

  it('puts a check that saw its defect before a more severe one whose controls fail, or that could not finish', () => {
    const leak = plannedCheck({
      id: 'infra.a',
      severity: 'blocker',
      controls: ['own'],
      expects: { own: { op: 'equals', value: 1 }, foreign: { op: 'equals', value: 0 } },
    });
    const result = judged(
      [leak, observed({ own: 0, foreign: 0 })],
      [plannedCheck({ id: 'infra.b', severity: 'blocker' }), shortOf('product-failure')],
      [plannedCheck({ id: 'infra.c', severity: 'high' }), observed({ ok: false })],
    );
    expect(result.blockers.map(({ root }) => root)).toEqual(['infra.c', 'infra.a', 'infra.b']);
  });

  it('puts a check that saw its defect before one that could not finish, and failures before unknowns', () => {
    const result = judged(
      [plannedCheck({ id: 'infra.a' }), shortOf('product-failure')],
      [plannedCheck({ id: 'infra.b' }), observed({ ok: false })],
      [plannedCheck({ id: 'infra.c', severity: 'blocker' }), shortOf('threw')],
    );
    expect(result.blockers.map(({ root }) => root)).toEqual(['infra.b', 'infra.a', 'infra.c']);
  });
});

/** Common routes as the documentation says it: again and again the most common one of the checks that are left. */
function commonRoutes(routesOf: readonly (readonly string[])[]): string[] {
  const left = new Set(routesOf.keys());
  const found: string[] = [];
  for (;;) {
    const counts = new Map<string, number>();
    for (const index of left)
      for (const route of routesOf[index] ?? []) counts.set(route, (counts.get(route) ?? 0) + 1);
    const [most] = [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1));
    if (!most || most[1] < 3) return found;
    found.push(`${most[1]} checks fail at GET ${most[0]}`);
    for (const index of left) if (routesOf[index]?.includes(most[0])) left.delete(index);
  }
}

it('for any routes, gives each check to the most common route of the checks that are left', () => {
  const routes = fc.uniqueArray(fc.constantFrom('/a', '/b', '/c', '/d', '/e'), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(routes, { maxLength: 16 }), (routesOf) => {
      const added = routesOf.map((paths, index) => {
        const id = `api.n${index}.works`;
        const problems = paths.map((path) => `GET ${path} returned 401`);
        const planned = plannedCheck({ id, category: 'api', expects: { problems: list } });
        return [planned, observed({ problems })] as const;
      });
      const titles = causes(judged(...added)).map(({ title }) => title);
      expect(titles.filter((title) => title.includes('checks fail at')).sort()).toEqual(
        commonRoutes(routesOf).sort(),
      );
    }),
    { numRuns: 60 },
  );
}, 60_000);
