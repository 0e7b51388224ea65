import type { Ratio } from '../judge/criterion.ts';
import type { CategoryResult, Result } from '../judge/result.ts';

/** `87.5 %` of a share; one decimal, rounded down, so that 89.96 never reads as 90. */
export function percentOf(share: Ratio): string {
  return `${tenths(BigInt(share.num) * 1000n, BigInt(share.den))} %`;
}

/** `28.6 %` of a score in basis points (10,000 are the whole). */
export function percentOfBasisPoints(points: number): string {
  return percentOf({ num: points, den: 10_000 });
}

/** What a category adds to the score, in points of 100: its weight times the share that is proven. */
export function weightedPoints(category: CategoryResult): string {
  return tenths(BigInt(category.weight) * BigInt(category.proven.num) * 10n, BigInt(category.proven.den));
}

/** The score's arithmetic with exact fractions: `20 × 19/20 + 30 × 1/9 + … = 28.6 of 100`. */
export function scoreArithmetic(result: Result): string {
  const terms = result.categories.map(({ weight, proven }) => `${weight} × ${fraction(proven)}`);
  const total = percentOfBasisPoints(result.score.proven).replace(' %', '');
  return `${terms.join(' + ') || '0'} = ${total} of 100`;
}

/** `1 of 9`. */
export function countOf(share: Ratio): string {
  return `${share.num} of ${share.den}`;
}

/** A share as an exact fraction; none and all as 0 and 1. */
export function fraction(share: Ratio): string {
  if (share.num === 0) return '0';
  return share.num === share.den ? '1' : `${share.num}/${share.den}`;
}

function tenths(numerator: bigint, denominator: bigint): string {
  const floored = numerator / denominator;
  return `${floored / 10n}.${floored % 10n}`;
}
