import { describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-result.ts';
import { scoreArithmetic, weightedPoints } from './figures.ts';

describe('figures', () => {
  it('show the arithmetic with exact fractions', () => {
    const result = sampleResult();
    expect(scoreArithmetic(result)).toBe(
      '20 × 1 + 30 × 1/2 + 20 × 0 + 15 × 1 + 10 × 1 + 5 × 0 = 60.0 of 100',
    );
    expect(result.categories.map(weightedPoints)).toEqual(['20.0', '15.0', '0.0', '15.0', '10.0', '0.0']);
  });
});
