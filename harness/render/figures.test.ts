import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentOf, percentOfBasisPoints, scoreArithmetic, weightedPoints } from './figures.ts';
import { sampleResult } from './testing/sample-result.ts';

describe('figures', () => {
  it('rounds down, so that almost 90 does not read as 90', () => {
    expect(percentOfBasisPoints(8996)).toBe('89.9 %');
    expect(percentOf({ num: 8, den: 9 })).toBe('88.8 %');
    expect(percentOf({ num: 9, den: 9 })).toBe('100.0 %');
  });

  it('never says more than there is', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (num, den) => {
        const share = { num: Math.min(num, den), den };
        expect(Number.parseFloat(percentOf(share)) * den).toBeLessThanOrEqual(share.num * 100 + 1e-6 * den);
      }),
    );
  });

  it('writes the arithmetic with exact fractions', () => {
    const result = sampleResult();
    expect(scoreArithmetic(result)).toBe(
      '20 × 1 + 30 × 1/2 + 20 × 0 + 15 × 1 + 10 × 1 + 5 × 0 = 60.0 of 100',
    );
    expect(result.categories.map(weightedPoints)).toEqual(['20.0', '15.0', '0.0', '15.0', '10.0', '0.0']);
  });
});
