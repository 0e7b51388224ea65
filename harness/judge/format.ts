import type { Ratio } from '../plan/criterion.ts';
import { type Fraction, fraction } from '../plan/ratio.ts';

/**
 * A share as percent with one decimal, rounded down: 89.96 % shows as 89.9 %, not as 90.0 %. All shares are
 * shown this way. Decisions use the exact ratio.
 */
export function formatShare(share: Ratio): string {
  return percentText(fraction(share.num, share.den), { decimals: 1, nearest: false });
}

/** A score in basis points (2865 is 28.65 %) in the same form. */
export function formatBasisPoints(points: number): string {
  return formatShare({ num: points, den: 10_000 });
}

/**
 * A share rounded to the nearest value with the given number of decimals. Only for comparison with figures of
 * an assessment, which round this way; never for our own score.
 */
export function formatAsStated(share: Fraction, decimals: number): string {
  return percentText(share, { decimals, nearest: true });
}

/** Whole percent, or one decimal if it is not whole: 0.95 is `95 %`. */
export function formatConfidence(confidence: number): string {
  return `${Math.round(confidence * 1000) / 10} %`;
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
