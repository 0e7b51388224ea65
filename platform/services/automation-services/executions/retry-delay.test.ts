import { expect, it } from 'vitest';
import { longestRetryDelayMs, retryDelayMs } from './retry-delay.ts';

it('doubles with every failed attempt, up to the longest wait', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map((failed) => retryDelayMs(failed))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it('waits as long as it is asked to, when that is longer and not too long', () => {
  expect(retryDelayMs(1, 11_000)).toBe(11_000);
  expect(retryDelayMs(4, 2_000)).toBe(8_000);
  expect(retryDelayMs(1, 3_600_000)).toBe(longestRetryDelayMs);
});
