import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

const exactly = (failures: number) => retryDelayMs(failures, () => 0.5);

describe('the pause before a ping is tried again', () => {
  it('begins with ten seconds and doubles up to an hour', () => {
    expect([1, 2, 3, 9, 10, 50, 5_000].map(exactly)).toEqual([
      10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000, 3_600_000,
    ]);
  });

  it('differs by a tenth at most', () => {
    expect(retryDelayMs(1, () => 0)).toBe(9_000);
    expect(retryDelayMs(1, () => 0.999_999)).toBeLessThanOrEqual(11_000);
    expect(retryDelayMs(1)).toBeGreaterThanOrEqual(9_000);
  });
});
