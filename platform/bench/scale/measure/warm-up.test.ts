import { expect, it, test } from 'vitest';
import { isStable, warmUp } from './warm-up.ts';

test.each([
  [[100, 101], false],
  [[500, 100, 101, 110], true],
  [[100, 101, 140], false],
  [[0.5, 2.1, 1], true],
])('the last times of %j are stable: %s', (times, expected) => {
  expect(isStable(times)).toBe(expected);
});

/** Runs a warm-up with given times of the operation, milliseconds. The last one repeats. */
async function warmUpWith(times: number[], settled?: () => void) {
  let now = 0;
  let count = 0;
  const result = await warmUp({
    operation: async () => {
      now += (times.length > 1 ? times.shift() : times[0]) as number;
      count += 1;
    },
    ...(settled === undefined ? {} : { settled: async () => settled() }),
    clock: () => now,
    signal: AbortSignal.timeout(10_000),
  });
  return { ...result, count };
}

it('reports the time until the operation ran at its stable speed', async () => {
  expect(await warmUpWith([1_000, 500, 100])).toEqual({
    firstMs: 1_000,
    firstUseS: 1.6,
    isStable: true,
    count: 5,
  });
});

it('counts an operation that is stable at once with its first time', async () => {
  expect(await warmUpWith([200])).toMatchObject({ firstMs: 200, firstUseS: 0.2, count: 3 });
});

it('continues when the operation becomes faster after work in the background', async () => {
  const times = [1_000];
  const result = await warmUpWith(times, () => times.splice(0, 1, 50));
  expect(result).toMatchObject({ firstMs: 1_000, firstUseS: 3.05, isStable: true, count: 6 });
});

it('ends at its limit when the time never becomes stable', async () => {
  const times = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 1_000 : 9_000));
  expect(await warmUpWith(times)).toMatchObject({ isStable: false });
});
