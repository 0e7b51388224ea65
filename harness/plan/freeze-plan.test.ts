import { describe, expect, it } from 'vitest';
import { ReadinessError } from '../errors/readiness-error.ts';
import { plannedCheck, samplePlan } from '../judge/testing/sample-run.ts';
import { freezePlan } from './freeze-plan.ts';
import type { Plan, PlannedCheck, Policy } from './plan.ts';
import { assessmentPolicy, readPolicy } from './policy.ts';
import { walkNeeds } from './walk-needs.ts';

function rejection(work: () => unknown): ReadinessError {
  try {
    work();
  } catch (error) {
    if (error instanceof ReadinessError) return error;
    throw error;
  }
  throw new Error('Nothing was rejected.');
}

function changed(change: (plan: Plan) => void): Plan {
  const plan = samplePlan();
  change(plan);
  return plan;
}

const withChecksWhere = (keep: (check: PlannedCheck) => boolean): Plan => {
  const plan = samplePlan();
  return { ...plan, checks: plan.checks.filter(keep) };
};
const withCheck = (overrides: Parameters<typeof plannedCheck>[0]): Plan =>
  changed(({ checks }) => checks.push(plannedCheck(overrides)));

describe('freezing a plan', () => {
  it('gives the same bytes and hash for any order of declaration', () => {
    const frozen = freezePlan(samplePlan());
    const reversed = changed(({ checks }) => checks.reverse());
    expect(freezePlan(reversed)).toEqual(frozen);
    expect(freezePlan(frozen.plan).sha256).toBe(frozen.sha256);
    expect(frozen.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(frozen.json.endsWith('}\n')).toBe(true);
  });

  it.each<[string, Plan, RegExp]>([
    ['an empty plan', { ...samplePlan(), checks: [] }, /no checks/],
    ['a duplicate id', withCheck({ id: 'infra.note' }), /"infra\.note" is declared more than once/],
    ['a check without expectations', withCheck({ id: 'infra.x', expects: {} }), /expects nothing/],
    [
      'an unknown need',
      withCheck({ id: 'infra.x', needs: ['infra.y'] }),
      /"infra\.y", which is not in the plan/,
    ],
    ['a check that needs itself', withCheck({ id: 'infra.x', needs: ['infra.x'] }), /infra\.x → infra\.x/],
    [
      'an invalid pattern',
      withCheck({ id: 'infra.x', expects: { a: { op: 'matches', pattern: '(' } } }),
      /not a regular expression/,
    ],
    [
      'a rate threshold of 100 %',
      withCheck({
        id: 'infra.x',
        expects: { a: { op: 'rateBelow', threshold: { num: 1, den: 1 }, confidence: 0.95, minSamples: 1 } },
      }),
      /compares with 1\/1/,
    ],
    ['a weight of zero', withCheck({ id: 'infra.x', weight: 0 }), /weight/],
    [
      'a category without checks',
      withChecksWhere(({ category }) => category !== 'infrastructure'),
      /category "infrastructure" has a weight of 20 % and no checks/,
    ],
    [
      'a condition with too few checks',
      withChecksWhere(({ id }) => id !== 'security.item-7'),
      /condition "security" has 6 checks and needs at least 7/,
    ],
    [
      'a not-applicable check that feeds a condition',
      changed(({ policy }) => {
        const security = policy.categories.find(({ id }) => id === 'security');
        if (security) security.notApplicable['security.item-7'] = 'no time';
      }),
      /a policy cannot remove checks from a condition for GO/,
    ],
    [
      'more not-applicable weight than the limit',
      changed(({ policy }) => {
        const [infrastructure] = policy.categories;
        if (infrastructure) infrastructure.notApplicable['infra.note'] = 'no such thing here';
      }),
      /1 of 4 units of weight are declared not applicable, above the limit of 1\/5/,
    ],
  ])('rejects %s with exit code 2 and a hint', (_title, plan, message) => {
    const error = rejection(() => freezePlan(plan));
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(message);
    expect(error.hint.length).toBeGreaterThan(0);
  });

  it('names the cycle of checks that need each other', () => {
    const plan = withCheck({ id: 'infra.a', needs: ['infra.b'] });
    plan.checks.push(plannedCheck({ id: 'infra.b', needs: ['infra.c'] }));
    plan.checks.push(plannedCheck({ id: 'infra.c', needs: ['infra.a'] }));
    expect(rejection(() => freezePlan(plan)).message).toContain('infra.a → infra.b → infra.c → infra.a');
  });

  it('lists all problems at once', () => {
    const plan = withCheck({ id: 'infra.x', needs: ['infra.y'], expects: {} });
    expect(rejection(() => freezePlan(plan)).message).toMatch(/2 problems:\n- .*\n- /);
  });

  it('finds no cycle in a chain of ten thousand needs', () => {
    const chain = Array.from({ length: 10_000 }, (_, index): [string, string[]] => [
      `n${index}`,
      [`n${index + 1}`],
    ]);
    expect(walkNeeds(new Map(chain)).cycle).toBeUndefined();
  });
});

describe('the policy', () => {
  it('of the assessment is valid and has its six weights and seven conditions', () => {
    expect(readPolicy(assessmentPolicy)).toEqual(assessmentPolicy);
    expect(assessmentPolicy.categories.map(({ weight }) => weight)).toEqual([20, 30, 20, 15, 10, 5]);
    expect(assessmentPolicy.conditions).toHaveLength(7);
  });

  const policyWith = (change: (policy: Policy) => unknown): Policy => {
    const policy = structuredClone(assessmentPolicy);
    change(policy);
    return policy;
  };

  it.each([
    [
      'weights that do not sum to 100',
      policyWith(({ categories }) => categories.pop()),
      /sum to 95, not 100/,
    ],
    [
      'a duplicate category',
      policyWith(({ categories }) => categories.push(...categories.slice(0, 1))),
      /"infrastructure" is declared more than once/,
    ],
    [
      'an unknown category',
      { ...assessmentPolicy, categories: [{ id: 'style', title: 'Style', weight: 100, notApplicable: {} }] },
      /categories\.0\.id/,
    ],
    [
      'a weight of zero',
      policyWith(({ categories: [first] }) => Object.assign(first ?? {}, { weight: 0 })),
      /categories\.0\.weight/,
    ],
    ['no conditions', { ...assessmentPolicy, conditions: [] }, /no condition/],
    [
      'a threshold of zero',
      policyWith(({ conditions: [first] }) => Object.assign(first ?? {}, { threshold: { num: 0, den: 1 } })),
      /is always or never met/,
    ],
    [
      'an exact share below the whole',
      policyWith(({ conditions: [, second] }) =>
        Object.assign(second ?? {}, { threshold: { num: 1, den: 2 } }),
      ),
      /only 1\/1 makes sense/,
    ],
    [
      'a limit that allows an empty category',
      { ...assessmentPolicy, notApplicableCap: { num: 1, den: 1 } },
      /would allow an empty category/,
    ],
  ])('with %s is rejected with exit code 2', (_title, policy, message) => {
    const error = rejection(() => readPolicy(policy));
    expect(error).toMatchObject({ exitCode: 2, code: 'policy-invalid' });
    expect(error.message).toMatch(message);
  });
});

describe('checks declared not applicable', () => {
  it('are accepted within the limit and stay in the plan', () => {
    const plan = changed(({ checks, policy }) => {
      const [infrastructure] = policy.categories;
      if (infrastructure) infrastructure.notApplicable['infra.note'] = 'single node by design';
      for (const check of checks) if (check.id === 'infra.postgres') check.weight = 4;
    });
    expect(freezePlan(plan).plan.checks).toHaveLength(plan.checks.length);
  });
});
