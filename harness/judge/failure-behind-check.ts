import type { Facts } from '../evidence/facts.ts';
import type { Capability, PlannedCheck } from '../plan/plan.ts';
import { walkNeeds } from '../plan/walk-needs.ts';
import { bootFailureBehind, exitBehind, type NodeFailure, rootsFirst } from './node-failure.ts';

/** The nodes without which a capability is missing. */
const providers: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  'postgres-admin': ['postgres'],
  'postgres-service-roles': ['postgres', 'migrate'],
  'redis-admin': ['redis'],
};

export function isProvidedByNode(capability: Capability): boolean {
  return providers[capability] !== undefined;
}

/** Finds the failed node that explains why a check does not pass; undefined if there is none. */
export type FailureBehindCheck = (check: PlannedCheck) => NodeFailure | undefined;

/**
 * A check reaches its services, the stores that it uses, and those of the checks that it needs. A failed boot of one
 * of them explains it. So does an exit before the end of the check. A store is behind every check, because every
 * service depends on it, and a check that names no node looks at all of them.
 */
export function failureBehindCheck(checks: readonly PlannedCheck[], facts: Facts): FailureBehindCheck {
  const bootFailures = new Map(facts.boot.map(({ node }) => [node, bootFailureBehind(facts.boot, node)]));
  const exits = (facts.exits ?? []).map(({ node }) => ({ node, failure: exitBehind(facts, node) }));
  const exitedNodes = new Set(exits.map(({ node }) => node));
  if (exits.length === 0 && [...bootFailures.values()].every((failure) => failure === undefined))
    return () => undefined;
  const reached = reachedNodes(
    checks,
    (node) => bootFailures.get(node) !== undefined || exitedNodes.has(node),
  );
  const factsOf = new Map(facts.checks.map((each) => [each.check, each]));

  const find = ({ id, staysUp = [] }: PlannedCheck): NodeFailure | undefined => {
    const { failed, namesNone } = reached.get(id) ?? nothing;
    const failures = [...failed].flatMap((node) => bootFailures.get(node) ?? []);
    const exited = new Set([...(factsOf.get(id)?.exited ?? []), ...staysUp]);
    for (const { node, failure } of exits)
      if (failure && exited.has(node) && (namesNone || failure.kind === 'store' || failed.has(node)))
        failures.push(failure);
    return failures.sort(rootsFirst)[0];
  };
  const found = new Map(checks.map((check) => [check.id, find(check)]));
  return ({ id }) => found.get(id);
}

/** What a check reaches. */
interface Reached {
  /** The nodes among it that failed: few, so that a long chain of needs does not carry all nodes along. */
  failed: ReadonlySet<string>;
  /** Whether neither the check nor one that it needs names a node. */
  namesNone: boolean;
}

const nothing: Reached = { failed: new Set(), namesNone: true };

function reachedNodes(
  checks: readonly PlannedCheck[],
  hasFailed: (node: string) => boolean,
): ReadonlyMap<string, Reached> {
  const planned = new Map(checks.map((check) => [check.id, check]));
  const reached = new Map<string, Reached>();
  for (const id of walkNeeds(new Map(checks.map((check) => [check.id, check.needs]))).order) {
    const check = planned.get(id);
    const own = [
      ...(check?.services ?? []),
      ...(check?.staysUp ?? []),
      ...(check?.requires ?? []).flatMap((capability) => providers[capability] ?? []),
    ];
    const needed = (check?.needs ?? []).map((need) => reached.get(need) ?? nothing);
    reached.set(id, {
      failed: new Set([...own.filter(hasFailed), ...needed.flatMap(({ failed }) => [...failed])]),
      namesNone: own.length === 0 && needed.every(({ namesNone }) => namesNone),
    });
  }
  return reached;
}
