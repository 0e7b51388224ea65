import type { Clock } from '../../kit/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time; who sleeps until then wakes, in order. */
  advance(ms: number): void;
  /** Resolves when somebody sleeps for exactly this long, and who slept before does not count twice. */
  sleeping(ms: number): Promise<void>;
}

/** Time that stands still unless a test moves it. What is to happen every so often is left to the test. */
export function createManualClock(): ManualClock {
  let now = Date.parse('2025-08-07T12:00:00.000Z');
  let sleepers: { ms: number; due: number; wake: () => void; seen: boolean }[] = [];
  let watchers: { ms: number; seen: () => void }[] = [];

  function match(): void {
    watchers = watchers.filter((watcher) => {
      const sleeper = sleepers.find((one) => one.ms === watcher.ms && !one.seen);
      if (sleeper === undefined) return true;
      sleeper.seen = true;
      watcher.seen();
      return false;
    });
  }

  return {
    now: () => new Date(now),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const sleeper = { ms, due: now + ms, wake: resolve, seen: false };
        sleepers.push(sleeper);
        signal.addEventListener(
          'abort',
          () => {
            sleepers = sleepers.filter((one) => one !== sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
        match();
      });
    },
    every: () => () => undefined,
    advance(ms) {
      now += ms;
      const due = sleepers.filter((one) => one.due <= now).sort((a, b) => a.due - b.due);
      sleepers = sleepers.filter((one) => one.due > now);
      for (const { wake } of due) wake();
    },
    sleeping(ms) {
      return new Promise((resolve) => {
        watchers.push({ ms, seen: resolve });
        match();
      });
    },
  };
}
