import { setTimeout as delay } from 'node:timers/promises';

export interface SpacedLoads<T> {
  /** Resolves with a load that starts after this call. All calls that wait share it. */
  next(): Promise<T>;
}

export interface SpacedLoadsTime {
  /** Milliseconds from any start. */
  now(): number;
  /** Resolves after the given time, milliseconds. */
  pause(ms: number): Promise<unknown>;
}

/**
 * Loads again on demand, with at least `gapMs` milliseconds between two starts. A caller waits at most that long and
 * gets a state that is newer than its question; unlimited questions cause a limited number of loads.
 */
export function spacedLoads<T>(
  load: () => Promise<T>,
  gapMs: number,
  { now, pause }: SpacedLoadsTime = { now: () => performance.now(), pause: (ms) => delay(ms) },
): SpacedLoads<T> {
  let startedAt = Number.NEGATIVE_INFINITY;
  let waiting: Promise<T> | undefined;

  async function start(): Promise<T> {
    // Always asynchronous: `waiting` is set before it is cleared.
    await pause(Math.max(0, startedAt + gapMs - now()));
    waiting = undefined;
    startedAt = now();
    return load();
  }

  return {
    next() {
      waiting ??= start();
      return waiting;
    },
  };
}
