import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOf, median } from './paired-times.ts';

describe('the growth of a request', () => {
  it('is the median of the rounds, so that one slow answer does not count', () => {
    const rounds = [
      { few: 2, fewAgain: 2, many: 2 },
      { few: 2, fewAgain: 2, many: 3 },
      { few: 2, fewAgain: 200, many: 2 },
    ];
    expect(growthOf(rounds)).toEqual({ ratio: 1, noise: 1 });
  });

  it('sees a cost that follows the rows', () => {
    const rounds = [1, 2, 3].map((few) => ({ few, fewAgain: few, many: 12 * few }));
    expect(growthOf(rounds)).toEqual({ ratio: 12, noise: 1 });
  });

  it('has more noise the more equal requests differ', () => {
    expect(growthOf([{ few: 1, fewAgain: 4, many: 4 }]).noise).toBe(4);
  });
});

it('a median lies between the lowest and the highest value', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, (some) => {
      expect(median(some)).toBeGreaterThanOrEqual(Math.min(...some));
      expect(median(some)).toBeLessThanOrEqual(Math.max(...some));
    }),
  );
});
