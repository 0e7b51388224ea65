import type { Ratio } from '../plan/criterion.ts';

/**
 * The probability of at most `failed` failures in `total` samples at the true rate `rate`: the lower tail of
 * the binomial distribution, summed term by term. Logarithms keep large samples from underflow.
 * @param rate between 0 and 1, exclusive
 */
export function lowerTail(failed: number, total: number, rate: number): number {
  if (failed >= total) return 1;
  const logOdds = Math.log(rate) - Math.log1p(-rate);
  let logTerm = total * Math.log1p(-rate);
  let logSum = logTerm;
  for (let index = 0; index < failed; index += 1) {
    logTerm += Math.log((total - index) / (index + 1)) + logOdds;
    logSum = logAdd(logSum, logTerm);
  }
  return Math.min(1, Math.exp(logSum));
}

/**
 * Whether the samples prove that the true rate is below `threshold`: one-sided exact binomial test. Zero
 * samples prove nothing.
 * @param confidence between 0 and 1, e.g. 0.95
 */
export function supportsRateBelow(options: {
  failed: number;
  total: number;
  threshold: Ratio;
  confidence: number;
}): boolean {
  const { failed, total, threshold, confidence } = options;
  if (total <= 0 || failed * threshold.den >= threshold.num * total) return false;
  return lowerTail(failed, total, threshold.num / threshold.den) <= 1 - confidence;
}

/**
 * Minimum number of samples without a failure that prove a rate below `threshold`: 59 for 5 % at 95 %,
 * because 0.95^59 = 0.0485 and 0.95^58 = 0.0510.
 */
export function minimumCleanSamples(threshold: Ratio, confidence: number): number {
  let total = Math.max(
    1,
    Math.floor(Math.log(1 - confidence) / Math.log1p(-threshold.num / threshold.den)) - 1,
  );
  while (!supportsRateBelow({ failed: 0, total, threshold, confidence })) total += 1;
  return total;
}

function logAdd(left: number, right: number): number {
  const larger = Math.max(left, right);
  return larger + Math.log(Math.exp(left - larger) + Math.exp(right - larger));
}
