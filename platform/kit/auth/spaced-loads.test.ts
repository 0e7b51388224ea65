import { expect, it } from 'vitest';
import { spacedLoads } from './spaced-loads.ts';

it('starts a load after every question, and one for all questions that wait', async () => {
  let nowMs = 1_000;
  const pauses: number[] = [];
  const starts: number[] = [];
  const loads = spacedLoads(async () => starts.push(nowMs), 50, {
    now: () => nowMs,
    pause: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
  });
  const first = await loads.next();
  nowMs += 20;
  const answers = await Promise.all([loads.next(), loads.next(), loads.next()]);
  expect([first, ...answers]).toEqual([1, 2, 2, 2]);
  expect(pauses).toEqual([0, 30]);
  expect(starts).toEqual([1_000, 1_050]);
});

it('loads again after a failure', async () => {
  let calls = 0;
  const loads = spacedLoads(async () => {
    calls += 1;
    if (calls === 1) throw new Error('down');
    return calls;
  }, 1);
  await expect(loads.next()).rejects.toThrow('down');
  expect(await loads.next()).toBe(2);
});
