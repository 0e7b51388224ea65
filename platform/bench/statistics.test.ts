import { expect, test } from 'vitest';
import { median, spreadOf } from './statistics.ts';

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 10], 3],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('an empty list has no median', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('a spread has the minimum and maximum beside the median', () => {
  expect(spreadOf([2, 8, 4])).toEqual({ median: 4, min: 2, max: 8 });
});
