import type { BootFacts, LogLine } from '../../judge/facts.ts';
import type { CategoryId, ConditionId, Outcome } from '../../judge/outcome.ts';
import type { Blocker, CategoryResult, CheckResult, ConditionResult, Result } from '../../judge/result.ts';

/** A check that passed; anything else about it by override. */
export function sampleCheck(overrides: Partial<CheckResult> & { id: string }): CheckResult {
  return {
    title: `Title of ${overrides.id}`,
    why: 'Without it nobody can sign in.',
    category: 'services',
    severity: 'high',
    weight: 1,
    outcome: 'pass',
    explanation: 'Everything expected was observed.',
    findings: [
      {
        name: 'status',
        criterion: { op: 'equals', value: 200 },
        observed: 200,
        met: true,
        explanation: 'status is 200, as expected.',
      },
    ],
    durationMs: 12,
    conditions: [],
    evidence: [],
    logs: [],
    remediation: { text: 'Read the service log from its start.', effort: 'hours' },
    reproduce: `npm run readiness -- check ${overrides.id} --seed 42`,
    ...overrides,
  };
}

const passwordLog: LogLine[] = [
  {
    service: 'platform-services',
    stream: 'stdout',
    text: '{"level":30,"msg":"starting","service":"platform-services"}',
  },
  {
    service: 'platform-services',
    stream: 'stdout',
    text: '{"level":60,"msg":"cannot start","err":{"type":"error","message":"password authentication failed for user \\"platform_services\\"","code":"28P01"}}',
  },
];

/**
 * A small run against a platform whose identity service cannot log in to its database: one root cause,
 * checks blocked by it, one check nobody could measure, one declared not applicable. Shares are worked out
 * from the checks, so that every figure of a rendered report can be checked by hand.
 */
export function sampleResult(overrides: Partial<Result> = {}): Result {
  const checks = overrides.checks ?? sampleChecks();
  return {
    schema: 'readiness.result/1',
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
    verdict: {
      decision: 'NO-GO',
      basis: 'violated',
      decidedBy: [
        'Service availability is violated: needs 2 of 2, has 1.',
        'Authentication is violated: needs 3 of 3, has 0.',
      ],
    },
    score: { proven: 6000, possible: 6500, coverage: 9500 },
    conditions: sampleConditions(),
    categories: categoryTitles.map(([id, title, weight]) => categoryOf(id, title, weight, checks)),
    blockers: [sampleBlocker()],
    checks,
    boot: sampleBoot(),
    capabilities: [
      { name: 'browser', available: true, detail: 'Chromium 142.0 at /usr/bin/chromium' },
      { name: 'k6', available: false, detail: 'not found; go install go.k6.io/k6@v1.8.1' },
      { name: 'postgres-admin', available: true, detail: 'embedded PostgreSQL 16.9' },
    ],
    faults: [],
    harnessErrors: [],
    ...overrides,
  };
}

export function sampleBlocker(overrides: Partial<Blocker> = {}): Blocker {
  return {
    root: 'services.platform-services.ready',
    title: 'Platform services do not become ready',
    severity: 'blocker',
    category: 'services',
    outcome: 'fail',
    cause: 'platform-services exited with code 78 before it was ready',
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

function sampleChecks(): CheckResult[] {
  const blocked = (id: string, title: string): CheckResult =>
    sampleCheck({
      id,
      title,
      category: 'authentication',
      severity: 'blocker',
      outcome: 'blocked',
      cause: 'product',
      blockedBy: 'services.platform-services.ready',
      explanation: 'Blocked by services.platform-services.ready.',
      findings: [],
      durationMs: 0,
      conditions: ['authentication'],
    });
  return [
    sampleCheck({
      id: 'api.unknown-route.refused',
      title: 'A route nobody declared is refused',
      category: 'api',
      conditions: ['gateway-routing'],
    }),
    blocked('auth.login.valid-credentials', 'Login with valid credentials'),
    blocked('auth.login.wrong-password', 'Login with a wrong password is refused'),
    blocked('auth.register.fresh-email', 'Registration with a fresh email'),
    sampleCheck({
      id: 'frontend.sign-in.page-renders',
      title: 'The sign-in page renders',
      category: 'frontend',
      conditions: ['frontend'],
      durationMs: 812,
    }),
    sampleCheck({
      id: 'infrastructure.postgres.version',
      title: 'PostgreSQL is version 16',
      category: 'infrastructure',
    }),
    sampleCheck({
      id: 'infrastructure.redis.persistence',
      title: 'Redis writes to disk',
      category: 'infrastructure',
      outcome: 'notApplicable',
      explanation: 'Declared not applicable: sessions may be lost on restart.',
      findings: [],
    }),
    sampleCheck({
      id: 'security.headers.present',
      title: 'Security headers are on every answer',
      category: 'security',
      conditions: ['security'],
      outcome: 'unmeasured',
      explanation: 'Not measured: k6 is missing.',
      findings: [],
      shortfall: {
        kind: 'missing-capability',
        message: 'k6 is missing',
        hint: 'go install go.k6.io/k6@v1.8.1',
      },
    }),
    sampleCheck({
      id: 'services.gateway.ready',
      title: 'The gateway is ready',
      conditions: ['service-availability'],
    }),
    sampleCheck({
      id: 'services.platform-services.ready',
      title: 'Platform services are ready',
      severity: 'blocker',
      outcome: 'fail',
      cause: 'product',
      explanation: 'state is "failed", expected "ready".',
      findings: [
        {
          name: 'state',
          criterion: { op: 'equals', value: 'ready' },
          observed: 'failed',
          met: false,
          explanation: 'state is "failed", expected "ready".',
        },
      ],
      durationMs: 41,
      conditions: ['service-availability'],
      evidence: ['evidence/services.platform-services.ready/boot.json'],
      logs: passwordLog,
    }),
  ];
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
    source: documentWords[id],
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

const documentWords: Record<ConditionId, string> = {
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
