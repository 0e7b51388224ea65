import { describe, expect, it } from 'vitest';
import { judgeShare, neededPasses } from './conditions.ts';
import type { ConditionResult } from './result.ts';
import { judgeSample, observed, shortOf } from './testing/sample-run.ts';

const ninety = { num: 9, den: 10 };
const all = { num: 1, den: 1 };

describe('a share of checks', () => {
  it.each([
    ['>', ninety, 9, 9],
    ['>', ninety, 10, 10],
    ['>', ninety, 7, 7],
    ['>', ninety, 11, 10],
    ['>', ninety, 20, 19],
    ['>=', ninety, 10, 9],
    ['>=', ninety, 9, 9],
    ['=', all, 4, 4],
  ] as const)('%s %j of %i needs %i', (comparator, threshold, total, needed) => {
    expect(neededPasses(comparator, threshold, total)).toBe(needed);
  });

  it.each([
    [8, 9, 'violated', 'needs 9 of 9, has 8'],
    [9, 9, 'met', 'needs 9 of 9, has 9'],
    [9, 10, 'violated', 'needs 10 of 10, has 9'],
    [10, 10, 'met', 'needs 10 of 10, has 10'],
    [6, 7, 'violated', 'needs 7 of 7, has 6'],
    [7, 7, 'met', 'needs 7 of 7, has 7'],
    [1, 9, 'violated', 'needs 9 of 9, has 1'],
  ])('more than 90 %%: %i of %i is %s', (passing, total, state, distance) => {
    const share = judgeShare({
      comparator: '>',
      threshold: ninety,
      total,
      passing,
      unknown: 0,
      allMeasured: true,
    });
    expect(share).toMatchObject({ state, distance });
  });

  it('that is large enough is not proven while one of its checks is unmeasured', () => {
    const share = { comparator: '>', threshold: ninety, total: 20, passing: 19 } as const;
    expect(judgeShare({ ...share, unknown: 0, allMeasured: true }).state).toBe('met');
    expect(judgeShare({ ...share, unknown: 1, allMeasured: false }).state).toBe('not-proven');
  });

  it('of zero checks is never met', () => {
    const nothing = { total: 0, passing: 0, unknown: 0, allMeasured: true };
    expect(judgeShare({ comparator: '=', threshold: all, ...nothing }).state).toBe('not-proven');
  });
});

describe('conditions of a run', () => {
  const availability = (changes: Parameters<typeof judgeSample>[0]): ConditionResult | undefined =>
    judgeSample(changes).conditions.find(({ id }) => id === 'service-availability');

  it('are not proven while one check is unknown and all others pass', () => {
    expect(availability({ 'services.gateway.ready': shortOf('threw') })).toMatchObject({
      state: 'not-proven',
      has: { num: 8, den: 9 },
      needs: { num: 9, den: 9 },
      distance: 'needs 9 of 9, has 8, 1 unknown',
      missing: ['services.gateway.ready'],
    });
  });

  it('are violated when one check fails, even if others are unknown', () => {
    const changes = {
      'services.gateway.ready': observed({ ok: false }),
      'services.user-service.ready': null,
    };
    expect(availability(changes)?.state).toBe('violated');
  });
});
