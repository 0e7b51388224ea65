import { z } from 'zod';
import { canonicalJson, sha256 } from '../plan/canonical-json.ts';
import type { FrozenPlan } from '../plan/freeze-plan.ts';
import { type Problem, parseInput, throwProblems } from '../plan/input-error.ts';
import { duplicates } from '../plan/policy.ts';
import { Facts } from './facts.ts';

export interface FrozenFacts {
  /** Lists sorted by name: the order in which checks finished changes nothing. */
  facts: Facts;
  /** The bytes of `facts.json`. */
  json: string;
  sha256: string;
}

const CompiledFacts = z.compile(Facts, { strict: true });

/**
 * Validates facts against their plan.
 * @throws ReadinessError `facts-mismatched` (exit code 5) when the plan's hash differs; `facts-invalid` (exit code 4)
 * for facts that no correct run delivers: an unplanned or repeated check, an observation that the check does not
 * declare, a blocking check that is not needed.
 */
export function freezeFacts(value: unknown, frozen: FrozenPlan): FrozenFacts {
  const subject = 'The facts of the run';
  const read = parseInput(CompiledFacts, value, {
    code: 'facts-invalid',
    subject,
    fix: 'The harness is defective, or the file was changed; run again.',
  });
  if (read.planSha256 !== frozen.sha256) {
    const fix = 'Judge facts together with the plan.json of the same run folder.';
    const what = `they belong to plan ${read.planSha256.slice(0, 12)}…, not to ${frozen.sha256.slice(0, 12)}….`;
    throwProblems([{ what, fix }], { code: 'facts-mismatched', subject });
  }
  throwProblems(mismatches(read, frozen), { code: 'facts-invalid', subject });
  const facts: Facts = {
    ...read,
    boot: sortedBy(read.boot, ({ node }) => node),
    ...(read.exits ? { exits: sortedBy(read.exits, ({ node }) => node) } : {}),
    capabilities: sortedBy(read.capabilities, ({ name }) => name),
    checks: sortedBy(read.checks, ({ check }) => check),
    harnessErrors: [...read.harnessErrors].sort(),
    faults: [...read.faults].sort(),
  };
  const json = canonicalJson(facts);
  return { facts, json, sha256: sha256(json) };
}

function mismatches(facts: Facts, { plan }: FrozenPlan): Problem[] {
  const planned = new Map(plan.checks.map((check) => [check.id, check]));
  const problems = [
    ...duplicates(facts.checks.map(({ check }) => check)).map(
      (id) => `check "${id}" was reported more than once.`,
    ),
    ...duplicates(facts.boot.map(({ node }) => node)).map(
      (node) => `boot node "${node}" was reported more than once.`,
    ),
    ...duplicates((facts.exits ?? []).map(({ node }) => node)).map(
      (node) => `the exit of "${node}" was reported more than once.`,
    ),
  ];
  for (const { check: id, observed, shortfall } of facts.checks) {
    const check = planned.get(id);
    if (!check) {
      problems.push(`check "${id}" was reported and is not in the plan.`);
      continue;
    }
    for (const name of Object.keys(observed)) {
      if (!Object.hasOwn(check.expects, name))
        problems.push(`check "${id}" observed "${name}", which it does not declare.`);
    }
    const by = shortfall?.by;
    if (by !== undefined && !check.needs.includes(by))
      problems.push(`check "${id}" is reported as blocked by "${by}", which it does not need.`);
  }
  const fix =
    'The harness is defective: every planned check reports once, with only the observations it declares.';
  return problems.map((what) => ({ what, fix }));
}

function sortedBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...values].sort((left, right) => {
    const [a, b] = [key(left), key(right)];
    if (a === b) return 0;
    return a < b ? -1 : 1;
  });
}
