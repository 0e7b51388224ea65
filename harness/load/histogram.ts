import { z } from 'zod';

/**
 * Each bound is at most 1.05 times the one before, so a percentile is at most 5 % too high. The rest is room for
 * rounding to six digits.
 */
const growth = 1.0499;
/** The first bound, milliseconds. Faster responses share one bucket. */
const firstMs = 0.1;

/** Response times as counts of buckets. Two of them with the same bounds can be added; percentiles cannot. */
export const Histogram = z.object({
  count: z.int().nonnegative(),
  sumMs: z.number().nonnegative(),
  /** The fastest and the slowest response. Both 0 without responses. */
  minMs: z.number().nonnegative(),
  maxMs: z.number().nonnegative(),
  /** Index and count of each bucket that is not empty, by index. */
  buckets: z.array(z.tuple([z.int().nonnegative(), z.int().positive()])),
});
export type Histogram = z.infer<typeof Histogram>;

export const emptyHistogram: Histogram = { count: 0, sumMs: 0, minMs: 0, maxMs: 0, buckets: [] };

/**
 * Upper bounds of buckets up to the timeout of a request, milliseconds, ascending. Each limit that will be judged is a
 * bound. So whether a percentile exceeds its limit is exact, without the error of the buckets.
 */
export function bucketBounds(options: { timeoutMs: number; limitsMs: readonly number[] }): number[] {
  const bounds = new Set([
    options.timeoutMs,
    ...options.limitsMs.filter((limit) => limit <= options.timeoutMs),
  ]);
  for (let bound = firstMs; bound < options.timeoutMs; bound *= growth)
    bounds.add(Number(bound.toPrecision(6)));
  return [...bounds].sort((left, right) => left - right);
}

/** The index of the bucket of a time: the first whose bound is not below it; the last one has no bound. */
export function bucketOf(ms: number, boundsMs: readonly number[]): number {
  const index = boundsMs.findIndex((bound) => bound >= ms);
  return index === -1 ? boundsMs.length : index;
}

/** The histogram of all responses of both. The order of histograms and of merges changes only rounding of the sum. */
export function mergeHistograms(left: Histogram, right: Histogram): Histogram {
  if (left.count === 0) return right;
  if (right.count === 0) return left;
  const counts = new Map(left.buckets);
  for (const [bucket, count] of right.buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return {
    count: left.count + right.count,
    sumMs: left.sumMs + right.sumMs,
    minMs: Math.min(left.minMs, right.minMs),
    maxMs: Math.max(left.maxMs, right.maxMs),
    buckets: [...counts].sort(([a], [b]) => a - b),
  };
}

/**
 * The smallest time that at least this share of the responses did not exceed, rounded up to the bound of its bucket:
 * at least the exact percentile, and at most 5 % above it. Undefined without responses.
 * @param share above 0, up to 1
 */
export function percentile(
  histogram: Histogram,
  { share, boundsMs }: { share: number; boundsMs: readonly number[] },
): number | undefined {
  const rank = Math.ceil(histogram.count * share);
  let seen = 0;
  for (const [bucket, count] of histogram.buckets) {
    seen += count;
    if (seen >= rank) return Math.min(boundsMs[bucket] ?? histogram.maxMs, histogram.maxMs);
  }
  return undefined;
}
