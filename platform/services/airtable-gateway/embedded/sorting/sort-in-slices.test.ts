import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimeSlices } from '../time-slices.ts';
import { sortInSlices } from './sort-in-slices.ts';

/** Slices that are over after every item that is looked at. */
function shortSlices(): TimeSlices & { pauses: number } {
  const slices = {
    pauses: 0,
    isOver: () => true,
    async pause() {
      slices.pauses += 1;
    },
    spentMs: () => 0,
  };
  return slices;
}

describe('sorting in slices of time', () => {
  it('gives the order of a stable sort', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 3_000, size: 'max' }), async (values) => {
        const expected = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
        const compare = (a: number, b: number) => (values[a] ?? 0) - (values[b] ?? 0) || a - b;
        expect([...(await sortInSlices(values.length, compare, shortSlices()))]).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('pauses after every run', async () => {
    const slices = shortSlices();
    let compared = 0;
    let longest = 0;
    let before = 0;
    const pausing = {
      ...slices,
      async pause() {
        longest = Math.max(longest, compared - before);
        before = compared;
      },
    };
    const values = Float64Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 20_011);
    await sortInSlices(
      values.length,
      (a, b) => {
        compared += 1;
        return (values[a] ?? 0) - (values[b] ?? 0);
      },
      pausing,
    );
    // A run of 512 takes at most 512 × 9 comparisons, and is sorted at once.
    expect(longest).toBeLessThan(512 * 9);
  });

  it('ends when the caller has gone', async () => {
    const gone = new Error('gone');
    const leaving = {
      isOver: () => true,
      pause: () => Promise.reject(gone),
      spentMs: () => 0,
    };
    await expect(sortInSlices(2_000, (a, b) => a - b, leaving)).rejects.toBe(gone);
  });
});
