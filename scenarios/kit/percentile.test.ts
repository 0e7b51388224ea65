import { expect, it } from 'vitest';
import { percentile } from './percentile.ts';

it.each([
  [[1], 95, 1],
  [[3, 1, 2], 50, 2],
  [Array.from({ length: 100 }, (_unused, index) => index + 1), 95, 95],
  [Array.from({ length: 20 }, (_unused, index) => index + 1), 95, 19],
  [[1.2345], 50, 1.23],
])('gives the nearest rank of %j at %i %% as %d', (samples, percent, expected) => {
  expect(percentile(samples, percent)).toBe(expected);
});

it('rejects an empty list of samples', () => {
  expect(() => percentile([], 95)).toThrow(RangeError);
});
