import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const step = { firstMs: 1_000, maxMs: 30_000 };

it('doubles with every failure, up to the maximum', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => backoffMs(step, failures))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it('waits as long as the peer asks, up to the maximum', () => {
  expect(backoffMs(step, 1, { atLeastMs: 11_000 })).toBe(11_000);
  expect(backoffMs(step, 4, { atLeastMs: 2_000 })).toBe(8_000);
  expect(backoffMs(step, 1, { atLeastMs: 3_600_000 })).toBe(30_000);
});

it('varies by no more than the jitter', () => {
  const ping = { firstMs: 10_000, maxMs: 3_600_000, jitter: 0.1 };
  const exactly = (failures: number) => backoffMs(ping, failures, { random: () => 0.5 });
  expect([1, 2, 3, 9, 10, 50, 5_000].map(exactly)).toEqual([
    10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000, 3_600_000,
  ]);
  expect(backoffMs(ping, 1, { random: () => 0 })).toBe(9_000);
  expect(backoffMs(ping, 1, { random: () => 0.999_999 })).toBeLessThanOrEqual(11_000);
});
