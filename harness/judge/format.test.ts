import { describe, expect, it } from 'vitest';
import { fraction } from '../plan/ratio.ts';
import { formatAsStated, formatBasisPoints, formatShare } from './format.ts';

describe('a share as percent', () => {
  it.each([
    [8_996, '89.9 %'],
    [9_000, '90.0 %'],
    [2_865, '28.6 %'],
    [5, '0.0 %'],
    [0, '0.0 %'],
    [10_000, '100.0 %'],
  ])('%i basis points are shown as %s, never rounded up', (points, text) => {
    expect(formatBasisPoints(points)).toBe(text);
  });

  it('of 8 of 9 is 88.8 %', () => {
    expect(formatShare({ num: 8, den: 9 })).toBe('88.8 %');
  });

  it('can be rounded to the nearest value like in the assessment', () => {
    expect(formatAsStated(fraction(573, 2000), 2)).toBe('28.65 %');
    expect(formatAsStated(fraction(4, 7), 1)).toBe('57.1 %');
    expect(formatAsStated(fraction(3, 7), 0)).toBe('43 %');
    expect(formatAsStated(fraction(1, 200), 2)).toBe('0.50 %');
  });
});
