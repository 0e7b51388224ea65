import { type Problem, parseInput, throwProblems } from './input-error.ts';
import { Policy } from './plan.ts';
import { compare, fraction, fromRatio } from './ratio.ts';

const all = { num: 1, den: 1 };
const ninetyPercent = { num: 9, den: 10 };

/**
 * The policy of the assessment of 2025-08-07: six weighted categories and seven conditions for GO. The
 * assessment requires no minimum score, so neither does the policy: the conditions decide, the score explains. A
 * failed check of severity high forbids GO as well: what matters to a release cannot fail without an effect.
 */
export const assessmentPolicy: Policy = {
  schema: 'readiness.policy/1',
  categories: [
    { id: 'infrastructure', title: 'Infrastructure', weight: 20, notApplicable: {} },
    { id: 'services', title: 'Core Services', weight: 30, notApplicable: {} },
    { id: 'authentication', title: 'Authentication', weight: 20, notApplicable: {} },
    { id: 'api', title: 'API Functionality', weight: 15, notApplicable: {} },
    { id: 'frontend', title: 'Frontend', weight: 10, notApplicable: {} },
    { id: 'security', title: 'Security', weight: 5, notApplicable: {} },
  ],
  conditions: [
    {
      // The nine services behind the frontend. The frontend has its own condition.
      id: 'service-availability',
      title: 'Service availability',
      source: 'Service availability reaches >90%',
      comparator: '>',
      threshold: ninetyPercent,
      minChecks: 9,
    },
    {
      // The assessment lists four flows: registration, login, JWT validation, sessions.
      id: 'authentication',
      title: 'Authentication',
      source: 'Authentication system achieves 100% success rate',
      comparator: '=',
      threshold: all,
      minChecks: 4,
    },
    {
      // "Deployed" and "functional" are two separate claims.
      id: 'frontend',
      title: 'Frontend',
      source: 'Frontend service deployed and functional',
      comparator: '=',
      threshold: all,
      minChecks: 2,
    },
    {
      // A known route reaches its service, and an unknown route is rejected.
      id: 'gateway-routing',
      title: 'Gateway routing',
      source: 'API gateway operational with proper routing',
      comparator: '=',
      threshold: all,
      minChecks: 2,
    },
    {
      id: 'end-to-end',
      title: 'End-to-end flows',
      source: 'End-to-end user flows work completely',
      comparator: '=',
      threshold: all,
      minChecks: 1,
    },
    {
      // The seven items of the security checklist in the assessment.
      id: 'security',
      title: 'Security compliance',
      source: 'Security compliance reaches >90%',
      comparator: '>',
      threshold: ninetyPercent,
      minChecks: 7,
    },
    {
      // The rate itself is the criterion of each feeding check (`rateBelow` 5 %).
      id: 'error-rate',
      title: 'Error rate',
      source: 'Error rates below 5%',
      comparator: '=',
      threshold: all,
      minChecks: 1,
    },
  ],
  forbidsGo: 'high',
  notApplicableCap: { num: 1, den: 5 },
  freshnessHours: 24,
};

/**
 * Parses a policy and rejects one under which a number could mislead.
 * @throws ReadinessError `policy-invalid` (exit code 2) that lists all problems.
 */
export function readPolicy(value: unknown): Policy {
  const subject = 'The policy';
  const policy = parseInput(Policy, value, {
    code: 'policy-invalid',
    subject,
    fix: 'Compare with the schema `readiness.policy/1` in harness/plan/plan.ts. Weights are whole numbers above 0.',
  });
  throwProblems([...categoryProblems(policy), ...conditionProblems(policy), ...capProblems(policy)], {
    code: 'policy-invalid',
    subject,
  });
  return policy;
}

function categoryProblems(policy: Policy): Problem[] {
  const problems: Problem[] = duplicates(policy.categories.map(({ id }) => id)).map((id) => ({
    what: `category "${id}" is declared more than once.`,
    fix: 'Keep one entry per category.',
  }));
  return [...problems, ...weightProblems(policy.categories)];
}

/** The problem of category weights that do not sum to 100, if any. */
export function weightProblems(categories: readonly { id: string; weight: number }[]): Problem[] {
  const sum = categories.reduce((total, { weight }) => total + weight, 0);
  if (sum === 100) return [];
  const terms = categories.map(({ id, weight }) => `${id} ${weight}`).join(' + ');
  const what = `category weights sum to ${sum}, not 100 (${terms || 'no categories'}).`;
  return [{ what, fix: 'Correct the weights.' }];
}

function conditionProblems(policy: Policy): Problem[] {
  const problems: Problem[] = duplicates(policy.conditions.map(({ id }) => id)).map((id) => ({
    what: `condition "${id}" is declared more than once.`,
    fix: 'Keep one entry per condition.',
  }));
  if (policy.conditions.length === 0) {
    problems.push({
      what: 'it has no condition, so every release would be GO.',
      fix: 'Declare the conditions for GO.',
    });
  }
  for (const { id, comparator, threshold } of policy.conditions) {
    const toAll = compare(fromRatio(threshold), fraction(1));
    if (threshold.num === 0 || toAll > 0 || (comparator === '>' && toAll === 0)) {
      problems.push({
        what: `condition "${id}": a share ${comparator} ${threshold.num}/${threshold.den} is always or never met.`,
        fix: 'Set a threshold above 0 that a share can satisfy.',
      });
    } else if (comparator === '=' && toAll !== 0) {
      problems.push({
        what: `condition "${id}": with "=" only 1/1 makes sense. One more pass would violate ${threshold.num}/${threshold.den}.`,
        fix: 'Use ">=" or ">" for a share below 1/1.',
      });
    }
  }
  return problems;
}

function capProblems({ notApplicableCap: cap }: Policy): Problem[] {
  if (compare(fromRatio(cap), fraction(1)) < 0) return [];
  return [
    {
      what: `the limit for not applicable checks is ${cap.num}/${cap.den}, which would allow an empty category.`,
      fix: 'Set a limit below 1/1, e.g. 1/5.',
    },
  ];
}

/** Values that occur more than once, each listed once. */
export function duplicates(values: readonly string[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const value of values) (seen.has(value) ? again : seen).add(value);
  return [...again];
}
