import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bucketBounds,
  bucketOf,
  emptyHistogram,
  type Histogram,
  mergeHistograms,
  percentile,
} from './histogram.ts';

const boundsMs = bucketBounds({ timeoutMs: 10_000, limitsMs: [500, 2_000] });
const time = fc.oneof(
  fc.double({ min: 0, max: 20, noNaN: true }),
  fc.double({ min: 0, max: 12_000, noNaN: true }),
  fc.constantFrom(0, 0.1, 500, 500.000_1, 2_000, 10_000),
);
const times = fc.array(time, { maxLength: 300 });

/** Adds one response at a time, as a runner does. */
function histogramOf(samples: readonly number[]): Histogram {
  return samples
    .map(
      (ms): Histogram => ({
        count: 1,
        sumMs: ms,
        minMs: ms,
        maxMs: ms,
        buckets: [[bucketOf(ms, boundsMs), 1]],
      }),
    )
    .reduce(mergeHistograms, emptyHistogram);
}

/** The smallest sample that at least this share of the samples did not exceed. */
function exactPercentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

/** Without the sum, whose last digits depend on the order. */
const counts = ({ sumMs: _, ...rest }: Histogram) => rest;

it('merged percentiles of any split are at most 5 % above the exact ones, and never below', () => {
  fc.assert(
    fc.property(
      fc.array(times, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(0.5, 0.95, 0.99, 1),
      (split, share) => {
        const all = split.flat();
        fc.pre(all.length > 0);
        const merged = split.map(histogramOf).reduce(mergeHistograms, emptyHistogram);
        const exact = exactPercentile(all, share);
        const estimate = percentile(merged, { share, boundsMs }) ?? Number.NaN;
        expect(merged.count).toBe(all.length);
        expect(estimate).toBeGreaterThanOrEqual(exact);
        // Below the first bound and above the timeout, buckets are open; the slowest response limits both.
        if (exact > 0.1 && exact <= 10_000) expect(estimate).toBeLessThanOrEqual(exact * 1.05);
        expect(estimate).toBeLessThanOrEqual(Math.max(...all));
      },
    ),
  );
});

it('a percentile meets its limit exactly when the exact one does', () => {
  fc.assert(
    fc.property(
      times,
      fc.constantFrom(0.5, 0.95, 0.99),
      fc.constantFrom(500, 2_000),
      (samples, share, limit) => {
        fc.pre(samples.length > 0);
        const estimate = percentile(histogramOf(samples), { share, boundsMs }) ?? Number.NaN;
        expect(estimate <= limit).toBe(exactPercentile(samples, share) <= limit);
      },
    ),
  );
});

it('the order and the grouping of merges change nothing', () => {
  fc.assert(
    fc.property(times, times, times, (a, b, c) => {
      const [left, middle, right] = [histogramOf(a), histogramOf(b), histogramOf(c)];
      const merged = mergeHistograms(mergeHistograms(left, middle), right);
      expect(counts(mergeHistograms(left, mergeHistograms(middle, right)))).toEqual(counts(merged));
      expect(counts(mergeHistograms(right, mergeHistograms(middle, left)))).toEqual(counts(merged));
      expect(merged.sumMs).toBeCloseTo(
        [...a, ...b, ...c].reduce((sum, ms) => sum + ms, 0),
        3,
      );
      expect(counts(merged)).toEqual(counts(histogramOf([...a, ...b, ...c])));
    }),
  );
});

it('bounds grow by at most 5 %, contain the limits and end at the timeout', () => {
  for (const [index, bound] of boundsMs.entries())
    if (index > 0) expect(bound / (boundsMs[index - 1] ?? 0)).toBeLessThanOrEqual(1.05);
  expect(boundsMs).toContain(500);
  expect(boundsMs).toContain(2_000);
  expect(boundsMs.at(-1)).toBe(10_000);
  expect(new Set(boundsMs).size).toBe(boundsMs.length);
});

it('a histogram without responses has no percentile', () => {
  expect(percentile(emptyHistogram, { share: 0.95, boundsMs })).toBeUndefined();
});
