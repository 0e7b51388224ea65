import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createRecurringWork } from './recurring-work.ts';

const log = createLog({ service: 'test', level: 'silent' });

function setUp() {
  const clock = new ManualClock('2025-08-07T12:00:00Z');
  const runs: { end(error?: Error): void }[] = [];
  const events = new EventEmitter<{ begun: [] }>();
  const work = createRecurringWork({
    name: 'testing',
    log,
    clock,
    everyMs: 1_000,
    maxPauseMs: 3_000,
    work: () =>
      new Promise<void>((resolve, reject) => {
        runs.push({ end: (error) => (error === undefined ? resolve() : reject(error)) });
        events.emit('begun');
      }),
  });
  const end = async (error?: Error) => {
    runs.at(-1)?.end(error);
    await work.idle();
  };
  return { clock, runs, events, work, end };
}

const unreachable = new Error('unreachable');

it('polls at the start, at intervals, and when woken', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end();
  clock.advance(1_000);
  await end();
  work.wake();
  await end();
  expect(runs).toHaveLength(3);
});

it('never runs twice at once, and runs once more for all wakes in between', async () => {
  const { runs, events, work } = setUp();
  for (let time = 0; time < 5; time += 1) work.wake();
  expect(runs).toHaveLength(1);
  const second = once(events, 'begun');
  runs[0]?.end();
  await second;
  runs[1]?.end();
  await work.idle();
  expect(runs).toHaveLength(2);
});

it('doubles the pause after each failure, up to the maximum', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end(unreachable);
  work.wake();
  clock.advance(999);
  work.wake();
  expect(runs).toHaveLength(1);
  const triedAfter = [];
  for (let second = 1; second <= 10; second += 1) {
    clock.advance(second === 1 ? 1 : 1_000);
    if (runs.length === triedAfter.length + 1) continue;
    triedAfter.push(second);
    await end(unreachable);
  }
  expect(triedAfter).toEqual([1, 3, 6, 9]);
});

it('runs at once again after a success', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end(unreachable);
  clock.advance(1_000);
  await end();
  work.wake();
  await end();
  expect(runs).toHaveLength(3);
});

it('starts nothing after close, which waits for the running work', async () => {
  const { clock, runs, work } = setUp();
  work.start();
  const closed = work.close();
  runs[0]?.end(unreachable);
  await closed;
  work.wake();
  clock.advance(10_000);
  expect(runs).toHaveLength(1);
});
