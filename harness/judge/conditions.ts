import type { Ratio } from '../plan/criterion.ts';
import type { ConditionPolicy, Policy } from '../plan/plan.ts';
import { compare, fraction, fromRatio } from '../plan/ratio.ts';
import type { CheckResult, ConditionResult } from './result.ts';
import { standingOf } from './standing.ts';

type Comparator = ConditionPolicy['comparator'];

/** Judges every condition by the checks that feed it. */
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

/** One sentence for each condition in the given state. */
export function conditionReasons(
  conditions: readonly Pick<ConditionResult, 'title' | 'state' | 'distance'>[],
  state: 'violated' | 'not-proven',
): string[] {
  return conditions
    .filter((condition) => condition.state === state)
    .map(({ title, distance }) => `${title}: ${state.replace('-', ' ')}, ${distance}.`);
}

/**
 * Judges whether a share of `total` satisfies `comparator threshold`. It is met if the passing checks alone
 * satisfy it and all were measured. It is violated if it stays unsatisfied even when every unknown check
 * passes. A total of 0 is never met: no measurement, no proof.
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
  // A ratio needs a denominator above 0: no checks give 0 of 1.
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
 * Minimum number of passes of `total` that satisfies the comparison: more than 90 % of 9 needs 9, of 10 needs
 * 10, of 11 needs 10.
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
