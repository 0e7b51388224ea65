import { describe, expect, it } from 'vitest';
import { lowerTail, minimumCleanSamples, supportsRateBelow } from './binomial.ts';

describe('the lower tail of the binomial distribution', () => {
  it.each([
    [0, 59, 0.05, 0.95 ** 59],
    [0, 1, 0.5, 0.5],
    [1, 2, 0.5, 0.75],
    [2, 2, 0.3, 1],
    [1, 3, 0.1, 0.9 ** 3 + 3 * 0.1 * 0.9 ** 2],
  ])('P(X ≤ %i) of %i at %d', (failed, total, rate, expected) => {
    expect(lowerTail(failed, total, rate)).toBeCloseTo(expected, 12);
  });

  it('does not underflow on large samples', () => {
    expect(lowerTail(50_000, 1_000_000, 0.05)).toBeCloseTo(0.501, 2);
  });
});

describe('the minimum sample', () => {
  it.each([
    [{ num: 5, den: 100 }, 0.95, 59],
    [{ num: 1, den: 100 }, 0.95, 299],
    [{ num: 10, den: 100 }, 0.95, 29],
    [{ num: 1, den: 2 }, 0.5, 1],
  ])('without failures that proves a rate below %j at %d is %i', (threshold, confidence, minimum) => {
    expect(minimumCleanSamples(threshold, confidence)).toBe(minimum);
    expect(supportsRateBelow({ failed: 0, total: minimum - 1, threshold, confidence })).toBe(false);
  });
});
