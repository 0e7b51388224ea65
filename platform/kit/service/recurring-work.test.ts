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

const away = new Error('away');

it('looks at the start, at intervals, and whenever it is told', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end();
  clock.advance(1_000);
  await end();
  work.wake();
  await end();
  expect(runs).toHaveLength(3);
});

it('never works twice at once, and looks once more for all that came meanwhile', async () => {
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

it('waits out a failure, twice as long after each, and not longer than it may', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end(away);
  work.wake();
  clock.advance(999);
  work.wake();
  expect(runs).toHaveLength(1);
  const triedAfter = [];
  for (let second = 1; second <= 10; second += 1) {
    clock.advance(second === 1 ? 1 : 1_000);
    if (runs.length === triedAfter.length + 1) continue;
    triedAfter.push(second);
    await end(away);
  }
  expect(triedAfter).toEqual([1, 3, 6, 9]);
});

it('works at once again after a success', async () => {
  const { clock, runs, work, end } = setUp();
  work.start();
  await end(away);
  clock.advance(1_000);
  await end();
  work.wake();
  await end();
  expect(runs).toHaveLength(3);
});

it('begins nothing after it was closed, and waits for what is under way', async () => {
  const { clock, runs, work } = setUp();
  work.start();
  const closed = work.close();
  runs[0]?.end(away);
  await closed;
  work.wake();
  clock.advance(10_000);
  expect(runs).toHaveLength(1);
});
