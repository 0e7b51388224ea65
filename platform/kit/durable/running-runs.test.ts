import { expect, it } from 'vitest';
import { createRunningRuns } from './running-runs.ts';

it('is full with as many runs as the process may have, and for a second after', () => {
  let now = 0;
  const running = createRunningRuns({ concurrency: 2, elapsedMs: () => now });
  running.add('a', undefined);
  expect(running.isFull()).toBe(false);
  running.add('b', undefined);
  expect(running.isFull()).toBe(true);
  running.delete('a');
  expect(running.isFull()).toBe(true);
  now = 1_000;
  expect(running.isFull()).toBe(false);
});

it('is full with as many runs as one tenant may have', () => {
  let now = 0;
  const running = createRunningRuns({ concurrency: 10, perTenant: 2, elapsedMs: () => now });
  running.add('a', 'one');
  running.add('b', 'other');
  expect(running.isFull()).toBe(false);
  running.add('c', 'one');
  expect(running.isFull()).toBe(true);
  running.delete('c');
  now = 1_000;
  expect(running.isFull()).toBe(false);
  expect(running.size).toBe(2);
  expect(running.has('c')).toBe(false);
});
