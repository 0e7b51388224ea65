import { expect, test } from 'vitest';
import { growthFactor } from './growth.ts';

test.each([
  ['linear', [2, 20, 200], 1],
  ['flat', [2, 2, 2], 0.01],
  ['quadratic', [1, 100, 10_000], 100],
])('%s growth over three sizes', (_, values, expected) => {
  const points = values.map((value, index) => ({ size: 1_000 * 10 ** index, value }));
  expect(growthFactor(points)).toBeCloseTo(expected, 10);
  expect(growthFactor(points.reverse())).toBeCloseTo(expected, 10);
});

test('one size, or a first figure of 0, shows no growth', () => {
  expect(growthFactor([{ size: 10, value: 1 }])).toBeUndefined();
  expect(
    growthFactor([
      { size: 10, value: 0 },
      { size: 20, value: 1 },
    ]),
  ).toBeUndefined();
});
