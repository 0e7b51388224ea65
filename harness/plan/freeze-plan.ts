import { z } from 'zod';
import { canonicalJson, sha256 } from './canonical-json.ts';
import { type Problem, parseInput, throwProblems } from './input-error.ts';
import { Plan, type PlannedCheck, type Policy } from './plan.ts';
import { duplicates, readPolicy } from './policy.ts';
import { sortedStandards } from './standards/standard-id.ts';
import { walkNeeds } from './walk-needs.ts';

export interface FrozenPlan {
  /** Checks sorted by id; lists sorted, without duplicates. */
  plan: Plan;
  /** The bytes of `plan.json`. */
  json: string;
  /** SHA-256 of `json`, in hexadecimal. */
  sha256: string;
  /** Ids of all checks, each after those that it needs. */
  order: readonly string[];
}

const CompiledPlan = z.compile(Plan, { strict: true });

/**
 * Validates and freezes the plan of a run. The frozen plan is the denominator of every number. A plan under
 * which a number could mislead is rejected here, before anything boots. Freezing a frozen plan changes
 * nothing.
 * @throws ReadinessError `policy-invalid` or `plan-invalid` (exit code 2) that lists all problems.
 */
export function freezePlan(value: unknown): FrozenPlan {
  const subject = 'The plan';
  const read = parseInput(CompiledPlan, value, {
    code: 'plan-invalid',
    subject,
    fix: 'Correct the named field in the declaration of the check or the policy.',
  });
  const policy = readPolicy(read.policy);
  const plan: Plan = { ...read, policy, checks: read.checks.map(sortLists).sort(byId) };
  const { order, cycle } = walkNeeds(new Map(plan.checks.map(({ id, needs }) => [id, needs])));
  throwProblems(
    [
      ...checkProblems(plan.checks),
      ...needProblems(plan, cycle),
      ...categoryProblems(plan),
      ...notApplicableProblems(plan),
      ...conditionProblems(plan),
    ],
    { code: 'plan-invalid', subject },
  );
  const json = canonicalJson(plan);
  return { plan, json, sha256: sha256(json), order };
}

/** Why the policy excludes a check from the score; undefined for a check that counts. */
export function notApplicableReason(policy: Policy, check: PlannedCheck): string | undefined {
  const category = policy.categories.find(({ id }) => id === check.category);
  return category && Object.hasOwn(category.notApplicable, check.id)
    ? category.notApplicable[check.id]
    : undefined;
}

function sortLists(check: PlannedCheck): PlannedCheck {
  const sorted = <T extends string>(values: readonly T[]): T[] => [...new Set(values)].sort();
  return {
    ...check,
    needs: sorted(check.needs),
    requires: sorted(check.requires),
    services: sorted(check.services),
    ...(check.staysUp ? { staysUp: sorted(check.staysUp) } : {}),
    ...(check.controls ? { controls: sorted(check.controls) } : {}),
    conditions: sorted(check.conditions),
    ...(check.standards ? { standards: sortedStandards(check.standards) } : {}),
  };
}

function byId(left: { id: string }, right: { id: string }): number {
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

function checkProblems(checks: readonly PlannedCheck[]): Problem[] {
  const problems: Problem[] = duplicates(checks.map(({ id }) => id)).map((id) => ({
    what: `check "${id}" is declared more than once.`,
    fix: 'Give every check an id of its own.',
  }));
  if (checks.length === 0) {
    problems.push({
      what: 'it has no checks. An empty plan proves nothing.',
      fix: 'Register at least one check.',
    });
  }
  for (const { id, expects, controls = [] } of checks) {
    for (const name of controls.filter((control) => !Object.hasOwn(expects, control))) {
      problems.push({
        what: `check "${id}" names the control "${name}", which it does not expect.`,
        fix: 'Correct the name under `controls`, or declare it under `expects`.',
      });
    }
    if (Object.keys(expects).length > 0 && Object.keys(expects).every((name) => controls.includes(name))) {
      problems.push({
        what: `check "${id}" expects nothing but controls.`,
        fix: 'Declare under `expects` what the check looks for.',
      });
    }
    if (Object.keys(expects).length === 0) {
      problems.push({
        what: `check "${id}" expects nothing, so it cannot fail.`,
        fix: 'Declare the observed values and their criteria under `expects`.',
      });
    }
    for (const [name, criterion] of Object.entries(expects)) {
      if (criterion.op === 'matches' && !isPattern(criterion.pattern)) {
        problems.push({
          what: `check "${id}": the pattern of "${name}" is not a regular expression: ${criterion.pattern}`,
          fix: 'Correct the pattern.',
        });
      }
      if (
        criterion.op === 'rateBelow' &&
        (criterion.threshold.num === 0 || criterion.threshold.num >= criterion.threshold.den)
      ) {
        problems.push({
          what: `check "${id}": "${name}" compares with ${criterion.threshold.num}/${criterion.threshold.den}; the threshold must be above 0 and below 1.`,
          fix: 'Set a threshold between 0 and 1.',
        });
      }
    }
  }
  return problems;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

function needProblems({ checks, policy }: Plan, cycle: readonly string[] | undefined): Problem[] {
  const byName = new Map(checks.map((check) => [check.id, check]));
  const problems: Problem[] = [];
  for (const check of checks) {
    for (const need of check.needs) {
      const needed = byName.get(need);
      if (!needed) {
        problems.push({
          what: `check "${check.id}" needs "${need}", which is not in the plan.`,
          fix: 'Correct the id under `needs`, or add the check.',
        });
      } else if (notApplicableReason(policy, needed) && !notApplicableReason(policy, check)) {
        problems.push({
          what: `check "${check.id}" needs "${need}", which the policy declares not applicable.`,
          fix: 'Remove the need, or declare both checks not applicable.',
        });
      }
    }
  }
  if (cycle) {
    problems.push({
      what: `checks need each other in a cycle: ${cycle.join(' → ')}.`,
      fix: 'Remove one of these needs.',
    });
  }
  return problems;
}

function categoryProblems({ checks, policy }: Plan): Problem[] {
  const known = new Set<string>(policy.categories.map(({ id }) => id));
  const used = new Set<string>(checks.map(({ category }) => category));
  return [
    ...checks
      .filter(({ category }) => !known.has(category))
      .map(({ id, category }) => ({
        what: `check "${id}" is in category "${category}", which has no weight in the policy.`,
        fix: 'Add the category to the policy, or move the check to another category.',
      })),
    ...policy.categories
      .filter(({ id }) => !used.has(id))
      .map(({ id, weight }) => ({
        what: `category "${id}" has a weight of ${weight} % and no checks.`,
        fix: 'Add checks to the category, or remove it from the policy.',
      })),
  ];
}

function notApplicableProblems({ checks, policy }: Plan): Problem[] {
  const problems: Problem[] = [];
  for (const category of policy.categories) {
    const own = checks.filter((check) => check.category === category.id);
    const byName = new Map(own.map((check) => [check.id, check]));
    for (const id of Object.keys(category.notApplicable)) {
      const check = byName.get(id);
      if (!check) {
        problems.push({
          what: `the policy declares "${id}" not applicable in category "${category.id}", which has no such check.`,
          fix: 'Correct the id, or remove the entry.',
        });
      } else if (check.conditions.length > 0) {
        problems.push({
          what: `the policy declares "${id}" not applicable, but it feeds ${check.conditions.join(', ')}: a policy cannot remove checks from a condition for GO.`,
          fix: 'Remove the entry. Every check that feeds a condition must be measured.',
        });
      }
    }
    const weightOf = (some: readonly PlannedCheck[]): number =>
      some.reduce((sum, { weight }) => sum + weight, 0);
    const excluded = weightOf(own.filter((check) => notApplicableReason(policy, check)));
    const whole = weightOf(own);
    const { num, den } = policy.notApplicableCap;
    if (excluded * den > num * whole) {
      problems.push({
        what: `category "${category.id}": ${excluded} of ${whole} units of weight are declared not applicable, above the limit of ${num}/${den}.`,
        fix: 'Declare fewer checks not applicable.',
      });
    }
  }
  return problems;
}

function conditionProblems({ checks, policy }: Plan): Problem[] {
  const known = new Set<string>(policy.conditions.map(({ id }) => id));
  const problems: Problem[] = [];
  for (const { id, conditions } of checks) {
    for (const condition of conditions.filter((name) => !known.has(name))) {
      problems.push({
        what: `check "${id}" feeds condition "${condition}", which the policy does not have.`,
        fix: 'Correct the condition, or declare it in the policy.',
      });
    }
  }
  for (const { id, minChecks } of policy.conditions) {
    const feeding = checks.filter(({ conditions }) => conditions.includes(id)).length;
    if (feeding < minChecks) {
      problems.push({
        what: `condition "${id}" has ${feeding} checks and needs at least ${minChecks}.`,
        fix: `Add \`conditions: ['${id}']\` to the checks that prove it.`,
      });
    }
  }
  return problems;
}
