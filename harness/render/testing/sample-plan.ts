import type { Plan, PlannedCheck } from '../../plan/plan.ts';

export function samplePlannedCheck(overrides: Partial<PlannedCheck> = {}): PlannedCheck {
  return {
    id: 'auth.login.valid-credentials',
    title: 'Login with valid credentials',
    why: 'Users who cannot sign in cannot use the product.',
    category: 'authentication',
    severity: 'blocker',
    weight: 2,
    needs: ['services.platform-services.ready'],
    requires: [],
    services: ['gateway', 'platform-services'],
    expects: {
      status: { op: 'equals', value: 200 },
      durationMs: { op: 'atMost', value: 500, unit: 'ms' },
    },
    conditions: ['authentication'],
    remediation: { text: 'Read the log of platform-services from the failed request on.', effort: 'hours' },
    timeoutMs: 15_000,
    ...overrides,
  };
}

/** A plan of two categories in which every column has full and empty cells. */
export function samplePlan(): Plan {
  return {
    schema: 'readiness.plan/1',
    runtime: 'process',
    seed: 42,
    policy: {
      schema: 'readiness.policy/1',
      categories: [
        { id: 'authentication', title: 'Authentication', weight: 80, notApplicable: {} },
        {
          id: 'frontend',
          title: 'Frontend',
          weight: 20,
          notApplicable: { 'frontend.offline.works': 'The product is online only.' },
        },
      ],
      conditions: [],
      notApplicableCap: { num: 1, den: 5 },
      freshnessHours: 24,
    },
    checks: [
      samplePlannedCheck(),
      samplePlannedCheck({
        id: 'auth.login.wrong-password',
        needs: [],
        weight: 1,
        deselected: 'not among --only auth.login.valid-credentials',
      }),
      samplePlannedCheck({ id: 'frontend.offline.works', category: 'frontend', requires: ['browser'] }),
    ],
  };
}
