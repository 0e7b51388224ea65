import { expect, it } from 'vitest';
import { spacedLoads } from './spaced-loads.ts';

it('starts a load after every question, and one for all questions that wait', async () => {
  const starts: number[] = [];
  const loads = spacedLoads(async () => starts.push(performance.now()), 50);
  const first = await loads.next();
  const answers = await Promise.all([loads.next(), loads.next(), loads.next()]);
  expect([first, ...answers]).toEqual([1, 2, 2, 2]);
  expect((starts[1] as number) - (starts[0] as number)).toBeGreaterThanOrEqual(49);
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
