import type { Ratio } from '../plan/criterion.ts';
import { Outcome } from '../plan/outcome.ts';
import type { Policy } from '../plan/plan.ts';
import { add, type Fraction, fraction, fromRatio, multiply, zero } from '../plan/ratio.ts';
import type { CategoryResult, CheckResult, Result } from './result.ts';
import { type Standing, standingOf } from './standing.ts';

/** The passing share of each category's weight: proven (unknown counts 0) and possible (unknown counts 1). */
export function scoreCategories(policy: Policy, checks: readonly CheckResult[]): CategoryResult[] {
  return policy.categories.map(({ id, title, weight }) => {
    const own = checks.filter(({ category }) => category === id);
    const share = (...standings: readonly Standing[]): Ratio => ({
      num: weightOf(own, standings),
      den: weightOf(own, ['passes', 'fails', 'unknown']),
    });
    return {
      id,
      title,
      weight,
      counts: countOutcomes(own),
      proven: share('passes'),
      possible: share('passes', 'unknown'),
      coverage: share('passes', 'fails'),
    };
  });
}

/** The weighted total in basis points, rounded down from the exact sum. */
export function scoreTotal(categories: readonly CategoryResult[]): Result['score'] {
  const total = (share: (category: CategoryResult) => Ratio): number => {
    const sum = categories.reduce<Fraction>(
      (subtotal, category) =>
        add(subtotal, multiply(fraction(category.weight, 100), fromRatio(share(category)))),
      zero,
    );
    return Number((sum.num * 10_000n) / sum.den);
  };
  return {
    proven: total(({ proven }) => proven),
    possible: total(({ possible }) => possible),
    coverage: total(({ coverage }) => coverage),
  };
}

function weightOf(checks: readonly CheckResult[], standings: readonly Standing[]): number {
  return checks
    .filter((check) => standings.includes(standingOf(check)))
    .reduce((sum, { weight }) => sum + weight, 0);
}

function countOutcomes(checks: readonly CheckResult[]): CategoryResult['counts'] {
  const counts = Object.fromEntries(Outcome.options.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >;
  for (const { outcome } of checks) counts[outcome] += 1;
  return counts;
}
