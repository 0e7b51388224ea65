import type { Ratio } from '../plan/criterion.ts';
import { type Fraction, fraction } from '../plan/ratio.ts';

/**
 * A share as percent with one decimal, floored: 89.96 % is shown as 89.9 %, never as the 90.0 % it has not
 * reached. The one way a share is shown anywhere; decisions are taken on the exact ratio.
 */
export function formatShare(share: Ratio): string {
  return percentText(fraction(share.num, share.den), { decimals: 1, nearest: false });
}

/** A score in points of 10,000 (2865 is 28.65 %) in the same form. */
export function formatBasisPoints(points: number): string {
  return formatShare({ num: points, den: 10_000 });
}

/**
 * A share as documents written by people give it: rounded to the nearest, with as many decimals as asked.
 * Only for setting a figure beside one that a document states; never for a score of our own.
 */
export function formatAsStated(share: Fraction, decimals: number): string {
  return percentText(share, { decimals, nearest: true });
}

function percentText(share: Fraction, options: { decimals: number; nearest: boolean }): string {
  const scale = 10n ** BigInt(options.decimals);
  const numerator = share.num * 100n * scale;
  const units = options.nearest ? (2n * numerator + share.den) / (2n * share.den) : numerator / share.den;
  const digits = units.toString().padStart(options.decimals + 1, '0');
  const whole = options.decimals === 0 ? digits : digits.slice(0, -options.decimals);
  const rest = options.decimals === 0 ? '' : `.${digits.slice(-options.decimals)}`;
  return `${whole}${rest} %`;
}
