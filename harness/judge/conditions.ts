import type { Ratio } from '../plan/criterion.ts';
import type { ConditionPolicy, Policy } from '../plan/plan.ts';
import { compare, fraction, fromRatio } from '../plan/ratio.ts';
import type { CheckResult, ConditionResult } from './result.ts';
import { standingOf } from './standing.ts';

type Comparator = ConditionPolicy['comparator'];

/** Holds every condition against the checks that feed it. */
export function judgeConditions(policy: Policy, checks: readonly CheckResult[]): ConditionResult[] {
  return policy.conditions.map((condition) => {
    const feeding = checks.filter(({ conditions }) => conditions.includes(condition.id));
    const passing = feeding.filter((check) => standingOf(check) === 'passes');
    const unknown = feeding.filter((check) => standingOf(check) === 'unknown');
    const { id, title, source, comparator, threshold } = condition;
    return {
      id,
      title,
      source,
      ...judgeShare({
        comparator,
        threshold,
        total: feeding.length,
        passing: passing.length,
        unknown: unknown.length,
        allMeasured: feeding.every(({ outcome }) => outcome === 'pass' || outcome === 'fail'),
      }),
      missing: feeding
        .filter((check) => standingOf(check) !== 'passes')
        .map((check) => check.id)
        .sort(),
    };
  });
}

/**
 * Judges a share of `total` that must satisfy `comparator threshold`. Met only when the passing ones alone
 * satisfy it and all were measured; violated when it is not satisfied even with every unknown one passing.
 * A total of 0 is never met: nothing measured proves nothing.
 */
export function judgeShare(options: {
  comparator: Comparator;
  threshold: Ratio;
  total: number;
  passing: number;
  unknown: number;
  allMeasured: boolean;
}): Pick<ConditionResult, 'state' | 'has' | 'needs' | 'distance'> {
  const { total, passing, unknown } = options;
  const needed = neededPasses(options.comparator, options.threshold, total);
  const enough = (count: number): boolean => total > 0 && count >= needed;
  const open = unknown === 0 ? '' : `, ${unknown} unknown`;
  // A ratio needs a denominator; with nothing counted it says 0 of 1.
  const den = Math.max(1, total);
  return {
    state: stateOf({
      met: options.allMeasured && enough(passing),
      possible: total === 0 || enough(passing + unknown),
    }),
    has: { num: passing, den },
    needs: { num: Math.max(1, needed), den },
    distance: total === 0 ? 'needs all, has none' : `needs ${needed} of ${total}, has ${passing}${open}`,
  };
}

/**
 * The fewest passes of `total` that satisfy the comparison exactly: more than 90 % of 9 takes 9, of 10
 * takes 10, of 11 takes 10.
 */
export function neededPasses(comparator: Comparator, threshold: Ratio, total: number): number {
  const satisfies = (count: number): boolean => {
    const order = compare(fraction(count, total), fromRatio(threshold));
    if (comparator === '>') return order > 0;
    return comparator === '=' ? order === 0 : order >= 0;
  };
  if (total === 0) return 0;
  let count = Number((BigInt(threshold.num) * BigInt(total)) / BigInt(threshold.den));
  while (count < total && !satisfies(count)) count += 1;
  return count;
}

function stateOf({ met, possible }: { met: boolean; possible: boolean }): ConditionResult['state'] {
  if (met) return 'met';
  return possible ? 'not-proven' : 'violated';
}
