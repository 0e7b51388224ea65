import { canonicalJson, sha256 } from '../plan/canonical-json.ts';
import type { FrozenPlan } from '../plan/freeze-plan.ts';
import { type Problem, readThrough, refuseOn } from '../plan/input-error.ts';
import { duplicates } from '../plan/policy.ts';
import { Facts } from './facts.ts';

export interface FrozenFacts {
  /** Lists sorted by name, so that the order in which things happened to finish changes nothing. */
  facts: Facts;
  /** The bytes of `facts.json`. */
  json: string;
  sha256: string;
}

/**
 * Reads facts and holds them against their plan, one to one.
 * @throws ReadinessError `facts-mismatched` (exit code 5) when the hashes differ; `facts-invalid`
 * (exit code 4) for facts no sound run delivers: an unplanned or repeated check, an observation that no
 * check declares, a blocking check that is not needed.
 */
export function freezeFacts(value: unknown, frozen: FrozenPlan): FrozenFacts {
  const subject = 'The facts of the run';
  const read = readThrough(Facts, value, {
    code: 'facts-invalid',
    subject,
    mend: 'This is a fault of the harness or of a changed file; run again.',
  });
  if (read.planSha256 !== frozen.sha256) {
    const mend = 'Judge facts together with the plan.json of the same run folder.';
    const what = `they belong to plan ${read.planSha256.slice(0, 12)}…, not to ${frozen.sha256.slice(0, 12)}….`;
    refuseOn([{ what, mend }], { code: 'facts-mismatched', subject });
  }
  refuseOn(mismatches(read, frozen), { code: 'facts-invalid', subject });
  const facts: Facts = {
    ...read,
    boot: sortedBy(read.boot, ({ node }) => node),
    capabilities: sortedBy(read.capabilities, ({ name }) => name),
    checks: sortedBy(read.checks, ({ check }) => check),
    harnessErrors: [...read.harnessErrors].sort(),
    faults: [...read.faults].sort(),
  };
  const json = canonicalJson(facts);
  return { facts, json, sha256: sha256(json) };
}

function mismatches(facts: Facts, { plan }: FrozenPlan): Problem[] {
  const mend =
    'This is a fault of the harness: every planned check reports once, under the names it declares.';
  const planned = new Map(plan.checks.map((check) => [check.id, check]));
  const problems: Problem[] = [
    ...duplicates(facts.checks.map(({ check }) => check)).map((id) => ({
      what: `check "${id}" was reported more than once.`,
      mend,
    })),
    ...duplicates(facts.boot.map(({ node }) => node)).map((node) => ({
      what: `boot node "${node}" was reported more than once.`,
      mend,
    })),
  ];
  for (const { check: id, attempts } of facts.checks) {
    const check = planned.get(id);
    if (!check) {
      problems.push({ what: `check "${id}" was reported and is not in the plan.`, mend });
      continue;
    }
    const undeclared = new Set(
      attempts
        .flatMap(({ observed }) => Object.keys(observed))
        .filter((name) => !Object.hasOwn(check.expects, name)),
    );
    for (const name of undeclared)
      problems.push({ what: `check "${id}" observed "${name}", which it does not declare.`, mend });
    for (const by of new Set(attempts.map(({ shortfall }) => shortfall?.by))) {
      if (by !== undefined && !check.needs.includes(by))
        problems.push({
          what: `check "${id}" is said to be blocked by "${by}", which it does not need.`,
          mend,
        });
    }
  }
  return problems;
}

function sortedBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...values].sort((left, right) => {
    const [a, b] = [key(left), key(right)];
    if (a === b) return 0;
    return a < b ? -1 : 1;
  });
}
