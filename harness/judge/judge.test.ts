import { describe, expect, it } from 'vitest';
import { ReadinessError } from '../errors/readiness-error.ts';
import type { BootFacts, ExitFacts } from '../evidence/facts.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import type { Plan } from '../plan/plan.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { judge } from './judge.ts';
import { Result } from './result.ts';
import {
  bootWith,
  checkOf,
  judgeSample,
  type ObservedFacts,
  observed,
  plannedCheck,
  sampleFacts,
  sampleManifest,
  samplePlan,
  shortOf,
} from './testing/sample-run.ts';

function errorOf(work: () => unknown): ReadinessError {
  try {
    work();
  } catch (error) {
    if (error instanceof ReadinessError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

const broken = observed({ ok: false });

/** The sample plan with a check of severity high that feeds no condition. */
function planWithHighCheck(): Plan {
  const plan = samplePlan();
  return { ...plan, checks: [...plan.checks, plannedCheck({ id: 'infra.high' })] };
}

describe('a run in which everything passes', () => {
  it('is GO with the full score, and its result matches its schema', () => {
    const result = judgeSample();
    expect(result.verdict).toMatchObject({ decision: 'GO', basis: 'proven' });
    expect(result.score).toEqual({ proven: 10_000, possible: 10_000, coverage: 10_000 });
    expect(result.blockers).toEqual([]);
    expect(exitCodeOf(result)).toBe(0);
    expect(Result.parse(result)).toEqual(result);
  });

  it('gives the same bytes when it is judged again from its stored files', () => {
    const plan = samplePlan();
    const facts = sampleFacts(plan, { 'auth.login': broken, 'api.routes': null });
    const once = canonicalJson(judge(plan, facts, sampleManifest));
    const stored = [plan, facts, sampleManifest].map((each): unknown => JSON.parse(canonicalJson(each)));
    expect(canonicalJson(judge(stored[0], stored[1], stored[2]))).toBe(once);
  });
});

describe('a run that cannot be GO', () => {
  it.each([
    ['a check that threw', { 'infra.note': shortOf('threw') }, {}],
    ['a check without a result', { 'infra.note': null }, {}],
    ['a check that was interrupted', { 'infra.note': shortOf('interrupted') }, {}],
    ['zero samples', { 'load.gateway': observed({ failures: { failed: 0, total: 0 } }) }, {}],
    ['58 clean samples', { 'load.gateway': observed({ failures: { failed: 0, total: 58 } }) }, {}],
    ['an expectation that was not observed', { 'infra.note': observed({}) }, {}],
    ['a missing tool that a condition needs', { 'frontend.page': shortOf('missing-capability') }, {}],
    ['a missing tool that a blocker check needs', { 'infra.postgres': shortOf('missing-capability') }, {}],
    ['an injected fault', {}, { faults: ['svc.down=gateway'] }],
    ['an interrupted run', {}, { completed: false, interruptedBy: 'SIGINT' }],
  ])('is not proven and gives exit code 3 with %s', (_title, changes, rest) => {
    const result = judgeSample(changes, rest);
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'not-proven' });
    expect(exitCodeOf(result)).toBe(3);
  });

  it('is not proven with coverage 0 when every check is deselected', () => {
    const plan = samplePlan();
    plan.checks = plan.checks.map((check) => ({ ...check, deselected: 'not selected for this run' }));
    const result = judgeSample({}, {}, plan);
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'not-proven' });
    expect(result.score).toEqual({ proven: 0, possible: 10_000, coverage: 0 });
    expect(result.blockers).toEqual([]);
  });

  it('is not proven when one check of low severity is deselected', () => {
    const plan = samplePlan();
    plan.checks = plan.checks.map((check) =>
      check.id === 'infra.note' ? { ...check, deselected: 'not selected for this run' } : check,
    );
    expect(judgeSample({}, {}, plan).verdict.decidedBy).toEqual(['1 check was not selected: infra.note.']);
  });

  it('is violated when a blocker check fails that feeds no condition', () => {
    const result = judgeSample({ 'infra.postgres': broken });
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
    expect(exitCodeOf(result)).toBe(1);
  });

  it('gives exit code 4 when the harness fails outside of the checks', () => {
    const result = judgeSample({ 'auth.login': broken }, { harnessErrors: ['disk full'] });
    expect(result.verdict.basis).toBe('harness-failed');
    expect(result.verdict.decidedBy[0]).toBe('The harness failed: disk full');
    expect(exitCodeOf(result)).toBe(4);
  });

  it('is not proven when the run took more than a day', () => {
    const plan = samplePlan();
    const manifest = { ...sampleManifest, finishedAt: '2025-08-08T10:00:01.000Z' };
    expect(judge(plan, sampleFacts(plan), manifest).verdict.basis).toBe('not-proven');
  });

  it('is violated when a check of severity high fails that feeds no condition', () => {
    const plan = planWithHighCheck();
    const result = judgeSample({ 'infra.high': broken }, {}, plan);
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated', failing: 1 });
    expect(result.verdict.decidedBy).toEqual(['1 check of severity high does not pass: infra.high.']);
    expect(exitCodeOf(result)).toBe(1);
  });

  it('is judged by the rule of its own plan, frozen before a failed check of severity high forbade GO', () => {
    const plan = planWithHighCheck();
    delete plan.policy.forbidsGo;
    const { verdict } = judgeSample({ 'infra.high': broken }, {}, plan);
    expect(verdict).toMatchObject({ decision: 'GO', failing: 1 });
    expect(verdict.decidedBy).toContain('No check of severity blocker fails, and the run is complete.');
  });

  it('is still GO, and counts it, when a tool is missing for a check of severity high', () => {
    const result = judgeSample({ 'infra.high': shortOf('missing-capability') }, {}, planWithHighCheck());
    expect(result.verdict).toMatchObject({ decision: 'GO', failing: 0, unknown: 1 });
    expect(result.score.proven).toBeLessThan(result.score.possible);
  });

  it('is still GO when the failing check feeds no condition and has low severity', () => {
    const result = judgeSample({ 'infra.note': broken });
    expect(result.verdict).toMatchObject({ decision: 'GO', failing: 1, unknown: 0 });
    expect(result.blockers.map(({ root, title }) => [root, title])).toEqual([
      ['infra.note', 'Fails: Title of infra.note'],
    ]);
    expect(result.score.proven).toBe(9_500);
  });

  it('is still GO when a tool is missing for a check that feeds no condition and is no blocker', () => {
    const result = judgeSample({ 'infra.note': shortOf('missing-capability', { hint: 'Install it.' }) });
    expect(result.verdict.decision).toBe('GO');
    expect(result.score).toEqual({ proven: 9_500, possible: 10_000, coverage: 9_500 });
    expect(result.blockers[0]?.cause).toBe('Shortfall: missing-capability. Hint: Install it.');
  });
});

describe('blocked checks', () => {
  const blocked = (by: string): ObservedFacts => shortOf('needs-not-met', { by });

  it('fail with their root check when the product failed, and are listed under it', () => {
    const result = judgeSample({
      'services.platform-services.ready': shortOf('product-failure'),
      'auth.login': blocked('services.platform-services.ready'),
      'e2e.first-day': blocked('auth.login'),
    });
    expect(checkOf(result, 'e2e.first-day')).toMatchObject({
      outcome: 'blocked',
      cause: 'product',
      blockedBy: 'services.platform-services.ready',
    });
    expect(result.blockers).toHaveLength(1);
    expect(result.blockers[0]).toMatchObject({
      root: 'services.platform-services.ready',
      blocks: ['auth.login', 'e2e.first-day'],
      reproduce: 'npm run readiness -- check services.platform-services.ready',
    });
    expect(result.conditions.find(({ id }) => id === 'end-to-end')?.state).toBe('violated');
  });

  it('are unknown when the harness failed at their root check', () => {
    const result = judgeSample({ 'auth.login': shortOf('threw'), 'e2e.first-day': blocked('auth.login') });
    expect(checkOf(result, 'e2e.first-day')).toMatchObject({ outcome: 'blocked', cause: 'harness' });
    expect(result.conditions.find(({ id }) => id === 'end-to-end')?.state).toBe('not-proven');
    expect(result.verdict.basis).toBe('not-proven');
  });

  it('are errors when the check that is reported to block them passed', () => {
    const result = judgeSample({ 'e2e.first-day': blocked('auth.login') });
    expect(checkOf(result, 'e2e.first-day')).toMatchObject({ outcome: 'error', cause: 'harness' });
  });
});

describe('boot failures', () => {
  const plan = samplePlan();
  const failed = (by: 'product' | 'harness'): BootFacts => ({
    node: 'platform-services',
    kind: 'service',
    state: 'failed',
    failure: {
      cause: 'exited with code 1 before it was ready',
      kind: 'exited',
      by,
      lastProbe: 'connect ECONNREFUSED',
      openEdges: [],
      logs: [{ service: 'platform-services', stream: 'stderr', text: 'password authentication failed' }],
    },
  });
  const waiting: BootFacts = {
    node: 'gateway',
    kind: 'service',
    state: 'not-started',
    failure: {
      cause: 'waited for platform-services',
      kind: 'edge',
      by: 'product',
      openEdges: ['platform-services'],
      logs: [],
    },
  };
  const changes = {
    'services.platform-services.ready': shortOf('product-failure'),
    'services.gateway.ready': shortOf('product-failure'),
    'api.routes': shortOf('timeout'),
  };

  it('of the product are one blocker with cause, log line and all checks that it blocks', () => {
    const result = judgeSample(changes, { boot: bootWith(plan, failed('product'), waiting) });
    expect(result.verdict.basis).toBe('violated');
    expect(result.blockers).toHaveLength(1);
    expect(result.blockers[0]).toMatchObject({
      root: 'services.platform-services.ready',
      title: 'platform-services did not become ready',
      severity: 'blocker',
      blocks: ['api.routes', 'services.gateway.ready'],
      logs: [{ text: 'password authentication failed' }],
    });
    expect(result.blockers[0]?.cause).toContain('exited with code 1 before it was ready');
    expect(result.blockers[0]?.cause).toContain('ECONNREFUSED');
  });

  it('of the harness give exit code 4 and do not count as failures of the product', () => {
    const result = judgeSample(changes, { boot: bootWith(plan, failed('harness'), waiting) });
    expect(exitCodeOf(result)).toBe(4);
    expect(checkOf(result, 'services.gateway.ready')).toMatchObject({ outcome: 'error', cause: 'harness' });
    expect(result.conditions.find(({ id }) => id === 'service-availability')?.state).toBe('not-proven');
  });

  const redis: BootFacts = {
    node: 'redis',
    kind: 'store',
    state: 'failed',
    failure: { cause: 'exited with code 1', kind: 'exited', by: 'harness', openEdges: [], logs: [] },
  };

  it.each([
    [
      'that wait for it',
      {
        state: 'not-started',
        failure: { kind: 'edge', cause: 'not started', openEdges: ['redis: started'] },
      },
    ],
    [
      'that never become ready',
      { state: 'failed', failure: { kind: 'timeout', cause: 'not ready', openEdges: [] } },
    ],
    ['that give up', { state: 'failed', failure: { kind: 'exited', cause: 'exited', openEdges: [] } }],
  ] as const)('of a store are the only root cause, before all services %s', (_title, service) => {
    const withStore = samplePlan();
    withStore.checks.push(plannedCheck({ id: 'infra.redis', requires: ['redis-admin'] }));
    const boot = sampleFacts(withStore).boot.map((facts): BootFacts => {
      if (facts.kind === 'store') return facts;
      const { failure, state } = service;
      return {
        ...facts,
        state,
        dependsOn: ['redis'],
        failure: { ...failure, by: 'product', logs: [], openEdges: [...failure.openEdges] },
      };
    });
    const down = withStore.checks.filter(({ services }) => services.length > 0).map(({ id }) => id);
    const result = judgeSample(
      {
        ...Object.fromEntries(down.map((id) => [id, shortOf('product-failure')])),
        'infra.redis': shortOf('missing-capability'),
      },
      { boot: [...boot, redis] },
      withStore,
    );
    expect(result.blockers.map(({ root, title, outcome }) => [root, title, outcome])).toEqual([
      ['boot:redis', 'redis did not become ready', 'error'],
    ]);
    expect(result.blockers[0]?.blocks).toEqual([...down, 'infra.redis'].sort());
    expect(result.verdict.decidedBy[0]).toBe('redis did not become ready: exited with code 1.');
    expect(exitCodeOf(result)).toBe(4);
  });

  it('that explain themselves stay root causes beside the store, after it', () => {
    const boot = bootWith(plan, {
      ...failed('product'),
      dependsOn: ['redis'],
      failure: { ...failed('product').failure, kind: 'port-taken' } as never,
    });
    const down = { 'services.platform-services.ready': shortOf('product-failure') };
    const { blockers } = judgeSample(down, { boot: [...boot, redis] });
    expect(blockers.map(({ title }) => title)).toEqual([
      'redis did not become ready',
      'platform-services did not become ready',
    ]);
  });

  it('that no check covers still give NO-GO', () => {
    const store: BootFacts = {
      ...failed('product'),
      node: 'postgres',
      kind: 'store',
    };
    const result = judgeSample({}, { boot: bootWith(plan, store) });
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
    expect(result.blockers[0]).toMatchObject({ root: 'boot:postgres', outcome: 'fail', severity: 'blocker' });
  });
});

describe('a process that exits during the checks', () => {
  const plan = samplePlan();
  plan.checks = plan.checks.map((check) =>
    check.id === 'services.gateway.ready' ? { ...check, staysUp: ['gateway'] } : check,
  );
  const exit = (node: string, afterMs = 900): ExitFacts => ({
    node,
    reason: 'exited with code 1',
    afterMs,
    logs: [{ service: node, stream: 'stderr', text: 'out of memory' }],
  });
  const failsAfter = (...exited: string[]): ObservedFacts => ({ ...shortOf('product-failure'), exited });

  it('is the first root cause of what failed after it, and its availability is not met', () => {
    const result = judgeSample(
      { 'api.routes': failsAfter('gateway'), 'auth.login': failsAfter('gateway'), 'infra.postgres': broken },
      { exits: [exit('gateway')] },
      plan,
    );
    expect(result.blockers.map(({ title, root }) => [title, root])).toEqual([
      ['gateway exited during the run', 'services.gateway.ready'],
      ['Fails: Title of infra.postgres', 'infra.postgres'],
    ]);
    expect(result.blockers[0]).toMatchObject({
      severity: 'blocker',
      cause: 'gateway: exited with code 1',
      blocks: ['api.routes', 'auth.login'],
      logs: [{ text: 'out of memory' }],
    });
    expect(checkOf(result, 'services.gateway.ready')).toMatchObject({
      outcome: 'fail',
      cause: 'product',
      explanation: 'gateway exited later in the run: exited with code 1.',
    });
    const availability = result.conditions.find(({ id }) => id === 'service-availability');
    expect(availability).toMatchObject({ state: 'violated', has: { num: 8, den: 9 } });
    expect(result.verdict.decidedBy).toContain('gateway exited during the run: exited with code 1.');
  });

  it('is called an outage where the harness only saw that it did not respond', () => {
    const away: ExitFacts = { ...exit('gateway'), reason: 'did not respond', outage: true };
    const result = judgeSample({}, { exits: [away] }, plan);
    expect(result.blockers.map(({ title }) => title)).toEqual([
      'gateway was not available throughout the run',
    ]);
    expect(checkOf(result, 'services.gateway.ready')).toMatchObject({
      outcome: 'fail',
      explanation: 'gateway was not available throughout the run: did not respond.',
    });
  });

  it('gives NO-GO even if every check passed', () => {
    const result = judgeSample({}, { exits: [exit('file-service')] });
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
    expect(result.blockers.map(({ root }) => root)).toEqual(['exit:file-service']);
  });

  it('does not explain checks that failed before it, or that do not use it', () => {
    const result = judgeSample(
      { 'api.routes': shortOf('product-failure'), 'auth.login': failsAfter('file-service') },
      { exits: [exit('gateway'), exit('file-service')] },
      plan,
    );
    expect(
      result.blockers.filter(({ title }) => title.startsWith('Could not finish:')).map(({ root }) => root),
    ).toEqual(['api.routes', 'auth.login']);
  });

  it('explains services that exit after a store, and is then the harness’s', () => {
    const result = judgeSample(
      { 'auth.login': failsAfter('postgres', 'gateway'), 'infra.note': failsAfter('postgres') },
      { exits: [exit('gateway', 950), exit('postgres', 900)] },
      plan,
    );
    expect(result.blockers.map(({ root, blocks }) => [root, blocks])).toEqual([
      ['exit:postgres', ['auth.login', 'infra.note', 'services.gateway.ready']],
    ]);
    expect(exitCodeOf(result)).toBe(4);
  });
});

it('passes on what a run has left on its target', () => {
  const target = { name: 'staging', left: ['2 × files'] };
  expect(judgeSample({}, { target }).target).toEqual(target);
  expect(judgeSample()).not.toHaveProperty('target');
});

describe('missing tools', () => {
  it('are one blocker for all checks that need them', () => {
    const none = shortOf('missing-capability', { hint: 'apt-get install chromium' });
    const result = judgeSample(
      { 'frontend.page': none, 'frontend.sign-in': none },
      { capabilities: [{ name: 'browser', available: false, detail: 'none' }] },
    );
    expect(result.blockers).toHaveLength(1);
    expect(result.blockers[0]).toMatchObject({
      root: 'frontend.page',
      title: 'browser is missing',
      blocks: ['frontend.sign-in'],
    });
  });
});

describe('invalid facts', () => {
  const plan = samplePlan();
  const facts = sampleFacts(plan);

  it.each([
    [
      'with an unplanned check',
      { ...facts, checks: [...facts.checks, { check: 'x.y', ...observed() }] },
      /not in the plan/,
    ],
    [
      'with a duplicate check',
      { ...facts, checks: [...facts.checks, { check: 'infra.note', ...observed() }] },
      /more than once/,
    ],
    [
      'with an undeclared observation',
      sampleFacts(plan, { 'infra.note': observed({ ok: true, other: 1 }) }),
      /"other"/,
    ],
    [
      'with a blocking check that is not needed',
      sampleFacts(plan, { 'infra.note': shortOf('needs-not-met', { by: 'auth.login' }) }),
      /does not need/,
    ],
    ['that do not match the schema', { ...facts, checks: 'none' }, /checks/],
  ])('%s give exit code 4', (_title, wrong, message) => {
    const error = errorOf(() => judge(plan, wrong, sampleManifest));
    expect(error.exitCode).toBe(4);
    expect(error.message).toMatch(message);
  });

  it('of another plan give exit code 5', () => {
    const other = { ...plan, checks: [...plan.checks, plannedCheck({ id: 'infra.more' })] };
    expect(errorOf(() => judge(other, facts, sampleManifest))).toMatchObject({ exitCode: 5 });
  });
});
