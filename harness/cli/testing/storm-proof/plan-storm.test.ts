import { describe, expect, it } from 'vitest';
import { planStorm } from './plan-storm.ts';

const four = ['a', 'a-2', 'b', 'b-2'];

function blowsOf(seed: number) {
  return planStorm(seed)
    .take(200)
    .map(({ choose, ...blow }) => ({ ...blow, victim: choose(four) }))
    .toArray();
}

describe('the plan of a storm', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(blowsOf(7)).toEqual(blowsOf(7));
    expect(blowsOf(7)).not.toEqual(blowsOf(8));
  });

  it.each([1, 2, 3, 4, 5])('kills every process, every 2 to 5 s, with seed %i', (seed) => {
    const blows = blowsOf(seed);
    expect(new Set(blows.map(({ victim }) => victim))).toEqual(new Set(four));
    expect(Math.min(...blows.map(({ pauseMs }) => pauseMs))).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...blows.map(({ pauseMs }) => pauseMs))).toBeLessThanOrEqual(5_000);
  });

  it.each([1, 2, 3, 4, 5])(
    'restarts each store once, with two of the first four kills, with seed %i',
    (seed) => {
      const stores = blowsOf(seed).flatMap(({ store }, index) => (store ? [{ store, index }] : []));
      expect(stores.map(({ store }) => store).toSorted()).toEqual(['postgres', 'redis']);
      expect(new Set(stores.map(({ index }) => index)).size).toBe(2);
      expect(stores.every(({ index }) => index < 4)).toBe(true);
    },
  );

  it('chooses nothing where nothing runs', () => {
    expect(planStorm(1).next().value.choose([])).toBeUndefined();
  });
});
