import type { Facts } from '../evidence/facts.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import type { OwnOutcome } from './outcome-of.ts';

/** What became of a check once its root is known. */
export interface RootedOutcome extends OwnOutcome {
  /** For fail, blocked and error: whose failure it is. */
  cause?: 'product' | 'harness';
  /** For blocked: the check at the root of the chain. */
  blockedBy?: string;
}

/**
 * Leads every blocked check back to the check that stopped it. A check blocked by a failure of the product
 * fails with it; one blocked by anything else is unknown.
 */
export function findRoots(options: {
  checks: readonly PlannedCheck[];
  own: ReadonlyMap<string, OwnOutcome>;
  facts: Facts;
}): Map<string, RootedOutcome> {
  const checks = new Map(options.checks.map((check) => [check.id, check]));
  const rooted = new Map<string, RootedOutcome>();

  const resolve = (id: string): RootedOutcome => {
    const known = rooted.get(id);
    if (known) return known;
    const check = checks.get(id);
    const own = options.own.get(id);
    if (!check || !own) throw new RangeError(`No such check: ${id}`);
    const outcome = own.outcome === 'blocked' ? inherit(check, own) : withOwnCause(own);
    rooted.set(id, outcome);
    return outcome;
  };

  // The plan's needs have no circle and `by` is one of them, so that this ends.
  const inherit = (check: PlannedCheck, own: OwnOutcome): RootedOutcome => {
    const by = own.shortfall?.by ?? check.needs.find((need) => !stands(resolve(need)));
    const need = by === undefined ? undefined : resolve(by);
    if (by === undefined || need === undefined || stands(need)) {
      const explanation = by === undefined ? 'no check it needs failed' : `${by} did not fail`;
      return {
        ...own,
        outcome: 'error',
        cause: 'harness',
        explanation: `Reported as blocked, and ${explanation}.`,
      };
    }
    const root = need.blockedBy ?? by;
    const rootOutcome = resolve(root);
    return {
      ...own,
      blockedBy: root,
      cause: rootOutcome.outcome === 'fail' ? 'product' : 'harness',
      explanation: `Blocked by ${root}: ${rootOutcome.explanation}`,
    };
  };

  for (const { id } of options.checks) resolve(id);
  return rooted;
}

function stands({ outcome }: RootedOutcome): boolean {
  return outcome === 'pass' || outcome === 'notApplicable';
}

function withOwnCause(own: OwnOutcome): RootedOutcome {
  if (own.outcome === 'fail') return { ...own, cause: 'product' };
  return own.outcome === 'error' ? { ...own, cause: 'harness' } : own;
}
