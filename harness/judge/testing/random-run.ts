import type { BootFacts, CheckFacts, ExitFacts, Facts, LogLine, Shortfall } from '../../evidence/facts.ts';
import type { Criterion } from '../../plan/criterion.ts';
import { CategoryId, ConditionId, Severity } from '../../plan/outcome.ts';
import type { Plan, PlannedCheck } from '../../plan/plan.ts';
import { plannedCheck, sampleFacts, samplePlan } from './sample-run.ts';

/** A whole number of at least 0 and below the limit. */
type Draw = (limit: number) => number;

const nodes = ['postgres', 'redis', 'gateway', 'user-service', 'file-service', 'saga-service'];
const shortfalls: readonly Shortfall['kind'][] = [
  'product-failure',
  'threw',
  'timeout',
  'missing-capability',
  'needs-not-met',
  'interrupted',
];

/** An expectation with values that meet it, that do not, and that nobody can read. */
interface Expectation {
  /** Default: any. */
  name?: string;
  criterion: Criterion;
  values: readonly CheckFacts['observed'][string][];
}

const expectations: readonly Expectation[] = [
  { criterion: { op: 'equals', value: { b: [1, null], a: 'x' } }, values: [{ a: 'x', b: [1, null] }, 503] },
  { criterion: { op: 'equals', value: true }, values: [true, true, true, false, 'bad_gateway'] },
  { criterion: { op: 'oneOf', values: [200, { '10': 1, '9': 2, '-': 3 }] }, values: [200, 200, 404, 502] },
  { criterion: { op: 'matches', pattern: '^v\\d+$' }, values: ['v12', 'v1', 'würde\u2028"\\', 7] },
  { criterion: { op: 'includes', values: ['a', { b: 1 }] }, values: [['a', { b: 1 }], ['a'], 'a', null] },
  {
    criterion: { op: 'empty' },
    values: [
      [],
      [],
      ['POST /api/bases returned 502', 'GET /api/bases returned 502', 'GET /health returned 500'],
      [{ '404': 2, '500': 1, status: { '2': [], '10': {} } }],
    ],
  },
  {
    criterion: { op: 'empty' },
    values: [[], ['GET /internal/users returned 403'], ['page 2: GET /internal/users returned 404']],
  },
  {
    name: 'failedDependencies',
    criterion: { op: 'empty' },
    values: [[], ['postgres: refused'], ['postgres: refused', 'redis: gone']],
  },
  { criterion: { op: 'atMost', value: 0.25, unit: 's' }, values: [0.1, 0.25, 1e21, -0.000_001] },
  {
    criterion: { op: 'atLeast', value: 9, unit: 'requests', of: 'measurement' },
    values: [9, 12, 3, 'many'],
  },
  {
    criterion: { op: 'rateBelow', threshold: { num: 5, den: 100 }, confidence: 0.95, minSamples: 59 },
    values: [{ failed: 0, total: 80 }, { failed: 9, total: 80 }, { failed: 0, total: 3 }, 'none'],
  },
];

/**
 * A run of the given number of checks and those of `samplePlan`, in which everything can happen that the judge tells
 * apart: every criterion and shortfall, shared causes, failed boots, exits, checks without a result, an interruption. The
 * same seed gives the same run.
 */
export function randomRun(seed: number, count: number): { plan: Plan; facts: Facts } {
  const draw = drawFrom(seed);
  const plan = samplePlan();
  const added = Array.from({ length: count }, (_, index) => anyCheck(index, draw));
  const excluded = added.find(({ conditions }) => conditions.length === 0);
  for (const category of plan.policy.categories)
    if (excluded?.category === category.id && draw(2) === 0)
      category.notApplicable = { [excluded.id]: 'Not part of this release.' };
  const needed = added.map((check) => ({ ...check, needs: check.needs.filter((id) => id !== excluded?.id) }));
  plan.checks = shuffled([...plan.checks, ...needed], draw);
  plan.policy.notApplicableCap = { num: 9, den: 10 };
  const planned = new Map(plan.checks.map((check) => [check.id, check]));
  const facts = sampleFacts(plan, {}, eventsOf(draw));
  const checks = shuffled(facts.checks, draw).flatMap((each) => {
    const check = planned.get(each.check);
    if (!check || draw(40) === 0) return [];
    return [check.id.startsWith('api.random.') ? anyFacts(check, draw) : each];
  });
  return { plan, facts: { ...facts, checks } };
}

function drawFrom(seed: number): Draw {
  let state = seed;
  return (limit) => {
    // The constants of a linear congruential generator with the full period of 2^32.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function oneOf<T>(values: readonly T[], draw: Draw): T {
  const value = values[draw(values.length)];
  if (value === undefined) throw new RangeError('There is nothing to choose from.');
  return value;
}

function some<T>(values: readonly T[], draw: Draw, oneIn = 3): T[] {
  return values.filter(() => draw(oneIn) === 0);
}

function shuffled<T>(values: readonly T[], draw: Draw): T[] {
  return values
    .map((value) => ({ value, key: draw(2 ** 31) }))
    .sort((left, right) => left.key - right.key)
    .map(({ value }) => value);
}

const idOf = (index: number): string => `api.random.check-${index}`;

function anyCheck(index: number, draw: Draw): PlannedCheck {
  const expects = Array.from({ length: 1 + draw(3) }, (_, at): [string, Criterion] => {
    const { name, criterion } = oneOf(expectations, draw);
    return [name ?? oneOf([`value${at}`, `${10 - at}`], draw), criterion];
  });
  const names = [...new Set(expects.map(([name]) => name))];
  return plannedCheck({
    id: idOf(index),
    ...(draw(5) === 0 ? { failureTitle: `Check ${index} sees a defect` } : {}),
    category: oneOf(CategoryId.options, draw),
    severity: oneOf(Severity.options, draw),
    weight: 1 + draw(4),
    needs: index === 0 ? [] : Array.from({ length: draw(3) }, () => idOf(draw(index))),
    requires: some(['redis-admin', 'k6', 'browser', 'k6'], draw, 6),
    services: some([...nodes, ...nodes], draw, 5),
    ...(draw(5) === 0 ? { staysUp: [oneOf(nodes, draw)] } : {}),
    ...(names.length > 1 && draw(2) === 0 ? { controls: names.slice(1) } : {}),
    conditions: some(ConditionId.options, draw, 12),
    ...(draw(4) === 0 ? { standards: ['ASVS 9.1.2', 'API2', 'ASVS 10.1.1', 'API2'] as const } : {}),
    ...(draw(25) === 0 ? { deselected: 'not selected for this run' } : {}),
    expects: Object.fromEntries(expects),
  });
}

function anyFacts(check: PlannedCheck, draw: Draw): CheckFacts {
  const meetsAll = draw(3) === 0;
  const kind = !meetsAll && draw(4) === 0 ? oneOf(shortfalls, draw) : undefined;
  const by = kind === 'needs-not-met' && draw(2) === 0 ? check.needs.at(-1) : undefined;
  const seen = Object.entries(check.expects).flatMap(([name, criterion]) => {
    const { values = [] } = expectations.find((each) => each.criterion === criterion) ?? {};
    if (draw(30) === 0) return [];
    return [[name, oneOf(meetsAll ? values.slice(0, 1) : values, draw)] as const];
  });
  return {
    check: check.id,
    durationMs: draw(4_000),
    ...(draw(2) === 0 ? { startedAfterMs: draw(90_000) } : {}),
    ...(draw(3) === 0 ? { processes: [{ name: 'postgres', processorMs: draw(100) }] } : {}),
    observed: Object.fromEntries(seen),
    ...(kind === undefined
      ? {}
      : {
          shortfall: {
            kind,
            message: `Shortfall: ${kind}.`,
            ...(draw(2) === 0 ? { hint: 'Install it.' } : {}),
            ...(by === undefined ? {} : { by }),
          },
        }),
    evidence: some([`evidence/${check.id}/b.json`, `evidence/${check.id}/a.json`], draw),
    logs: logLines(draw),
    ...(draw(2) === 0
      ? {
          responses: some(nodes, draw).map((service) => ({
            service,
            total: 20,
            failed: draw(4),
            ...(draw(2) === 0 ? { example: `GET /api/${service}: 502` } : {}),
          })),
        }
      : {}),
    ...(draw(8) === 0 ? { exited: [oneOf(nodes, draw)] } : {}),
  };
}

function logLines(draw: Draw): LogLine[] {
  return Array.from({ length: draw(3) }, () => ({
    service: oneOf(nodes, draw),
    stream: oneOf(['stdout', 'stderr'] as const, draw),
    text: JSON.stringify({ level: 'error', msg: `line ${draw(9)}: „kaputt“` }),
  }));
}

/** What happens to the run apart from its checks. Half of the runs boot and end as they should. */
function eventsOf(draw: Draw): Partial<Facts> {
  if (draw(2) === 0) return {};
  const exits = some(nodes, draw, 6).map(
    (node): ExitFacts => ({
      node,
      reason: 'was ended by SIGKILL',
      ...(draw(2) === 0 ? { outage: true } : {}),
      afterMs: draw(9_000) - 500,
      logs: logLines(draw),
    }),
  );
  return {
    boot: shuffled(nodes, draw).map((node) => anyBoot(node, draw)),
    ...(exits.length > 0 ? { exits } : {}),
    capabilities: some(['k6', 'browser', 'redis-admin'], draw, 2).map((name) => ({
      name,
      available: draw(2) === 0,
      detail: name,
    })),
    completed: draw(3) > 0,
    ...(draw(6) === 0 ? { interruptedBy: 'SIGINT' } : {}),
    harnessErrors: some(['the disk is full', 'a socket was left open'], draw, 8),
    faults: some(['stopped=redis', 'slow=gateway'], draw, 8),
    ...(draw(3) === 0 ? { gate: { caught: 9, proved: 10, at: '2025-08-06T10:00:00.000Z' } } : {}),
  };
}

function anyBoot(node: string, draw: Draw): BootFacts {
  const kind = node === 'postgres' || node === 'redis' ? 'store' : 'service';
  const state = draw(5) === 0 ? oneOf(['failed', 'not-started'] as const, draw) : 'ready';
  const dependsOn = some(nodes, draw);
  const failureKind = oneOf(['exited', 'timeout', 'port-taken', 'edge'] as const, draw);
  return {
    node,
    kind,
    state,
    ...(dependsOn.length > 0 ? { dependsOn } : {}),
    ...(state === 'ready' ? { readyAfterMs: draw(2_000) } : {}),
    ...(state === 'ready' || draw(3) === 0
      ? {}
      : {
          failure: {
            cause: 'exited with code 78 before it was ready',
            kind: failureKind,
            by: kind === 'store' ? 'harness' : 'product',
            openEdges: failureKind === 'edge' ? [`${oneOf(nodes, draw)}: started`] : [],
            logs: logLines(draw),
          },
        }),
  };
}
