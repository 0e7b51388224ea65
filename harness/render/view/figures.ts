import { formatBasisPoints, formatShare } from '../../judge/format.ts';
import type { CategoryResult, Result } from '../../judge/result.ts';
import type { Ratio } from '../../plan/criterion.ts';

/** What a category adds to the score, in points of 100: its weight times its proven share. */
export function weightedPoints(category: CategoryResult): string {
  return withoutPercent(
    formatShare({ num: category.weight * category.proven.num, den: 100 * category.proven.den }),
  );
}

/** The arithmetic of the score with exact fractions: `20 × 19/20 + 30 × 1/9 + … = 28.6 of 100`. */
export function scoreArithmetic(result: Result): string {
  const terms = result.categories.map(({ weight, proven }) => `${weight} × ${fraction(proven)}`);
  const total = withoutPercent(formatBasisPoints(result.score.proven));
  return `${terms.join(' + ') || '0'} = ${total} of 100`;
}

/** `1 of 9`. */
export function countOf(share: Ratio): string {
  return `${share.num} of ${share.den}`;
}

/** A share as an exact fraction, or 0 or 1. */
export function fraction(share: Ratio): string {
  if (share.num === 0) return '0';
  return share.num === share.den ? '1' : `${share.num}/${share.den}`;
}

function withoutPercent(text: string): string {
  return text.replace(' %', '');
}
