import type { PlannedCheck } from '../plan/plan.ts';
import type { OwnOutcome } from './outcome-of.ts';

/** The outcome of a check once its root cause is known. */
export interface RootedOutcome extends OwnOutcome {
  /** Whose failure it is, for `fail`, `blocked` and `error`. */
  cause?: 'product' | 'harness';
  /** The root check, for `blocked`. */
  blockedBy?: string;
}

/**
 * Traces every blocked check back to the check that blocks it. A check that is blocked by a failure of the
 * product counts as failed; otherwise it is unknown.
 */
export function findRoots(options: {
  checks: readonly PlannedCheck[];
  /** Ids of all checks, each after those that it needs. */
  order: readonly string[];
  own: ReadonlyMap<string, OwnOutcome>;
}): Map<string, RootedOutcome> {
  const checks = new Map(options.checks.map((check) => [check.id, check]));
  const rooted = new Map<string, RootedOutcome>();
  const rootedNeed = (id: string): RootedOutcome => {
    const known = rooted.get(id);
    if (!known) throw new RangeError(`No such check: ${id}`);
    return known;
  };

  const inherit = (check: PlannedCheck, own: OwnOutcome): RootedOutcome => {
    const by = own.shortfall?.by ?? check.needs.find((need) => !isMet(rootedNeed(need)));
    const need = by === undefined ? undefined : rootedNeed(by);
    if (by === undefined || need === undefined || isMet(need)) {
      const explanation = by === undefined ? 'all checks it needs passed' : `${by} passed`;
      return {
        ...own,
        outcome: 'error',
        cause: 'harness',
        explanation: `The check was reported as blocked, but ${explanation}.`,
      };
    }
    const root = need.blockedBy ?? by;
    const rootOutcome = rootedNeed(root);
    return {
      ...own,
      blockedBy: root,
      cause: rootOutcome.outcome === 'fail' ? 'product' : 'harness',
      explanation: `Blocked by ${root}: ${rootOutcome.explanation}`,
    };
  };

  // What blocks a check is one of its needs, so it comes before the check.
  for (const id of options.order) {
    const check = checks.get(id);
    const own = options.own.get(id);
    if (!check || !own) throw new RangeError(`No such check: ${id}`);
    rooted.set(id, own.outcome === 'blocked' ? inherit(check, own) : withOwnCause(own));
  }
  return rooted;
}

function isMet({ outcome }: RootedOutcome): boolean {
  return outcome === 'pass' || outcome === 'notApplicable';
}

function withOwnCause(own: OwnOutcome): RootedOutcome {
  if (own.outcome === 'fail') return { ...own, cause: 'product' };
  return own.outcome === 'error' ? { ...own, cause: 'harness' } : own;
}
