import type { Facts } from '../evidence/facts.ts';
import type { Capability, PlannedCheck } from '../plan/plan.ts';
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
  const planned = new Map(checks.map((check) => [check.id, check]));
  const reached = new Map<string, ReadonlySet<string>>();
  // This ends because the plan's needs have no cycle.
  const reach = (id: string): ReadonlySet<string> => {
    const known = reached.get(id);
    if (known) return known;
    const check = planned.get(id);
    const nodes = new Set([
      ...(check?.services ?? []),
      ...(check?.staysUp ?? []),
      ...(check?.requires ?? []).flatMap((capability) => providers[capability] ?? []),
      ...(check?.needs ?? []).flatMap((need) => [...reach(need)]),
    ]);
    reached.set(id, nodes);
    return nodes;
  };
  const factsOf = new Map(facts.checks.map((each) => [each.check, each]));

  return ({ id, staysUp = [] }) => {
    const nodes = reach(id);
    const failures = [...nodes].flatMap((node) => bootFailureBehind(facts.boot, node) ?? []);
    const exited = new Set([...(factsOf.get(id)?.exited ?? []), ...staysUp]);
    for (const { node } of facts.exits ?? []) {
      const failure = exited.has(node) ? exitBehind(facts, node) : undefined;
      if (failure && (nodes.size === 0 || failure.kind === 'store' || nodes.has(node)))
        failures.push(failure);
    }
    return failures.sort(rootsFirst)[0];
  };
}
