import { setTimeout as pause } from 'node:timers/promises';

/** The time of a service. Tests advance it by hand. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `work` every `ms` milliseconds until the returned function is called. Does not keep a process alive. */
  every(ms: number, work: () => void): () => void;
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    await pause(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
  every(ms, work) {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
};
