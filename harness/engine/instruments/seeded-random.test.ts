import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.ts';

const first = (random: () => number, count: number): number[] => Array.from({ length: count }, random);

describe('seeded random numbers', () => {
  it('repeat for the same seed and purpose, and differ otherwise', () => {
    const numbers = first(seededRandom(7, 'auth.login'), 5);
    expect(first(seededRandom(7, 'auth.login'), 5)).toEqual(numbers);
    expect(first(seededRandom(8, 'auth.login'), 5)).not.toEqual(numbers);
    expect(first(seededRandom(7, 'auth.logout'), 5)).not.toEqual(numbers);
  });

  it('cover the whole range [0,1)', () => {
    const tenths = new Set(first(seededRandom(1, 'spread'), 1000).map((number) => Math.floor(number * 10)));
    expect([...tenths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
