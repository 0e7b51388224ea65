import type { LimitFunction } from 'p-limit';
import { raceAbort } from '../../../kit/service/race-abort.ts';

/** One use of a concurrency limit. */
export interface Slot {
  /** Waits until the limit allows one more, in the order of the calls. @throws the signal's reason when that aborts */
  acquire(signal: AbortSignal): Promise<void>;
  /** Makes room for the next one. Has no effect on a slot that is not acquired. */
  release(): void;
}

/** A slot that its owner can release and acquire again, which a single call of `limit` cannot. */
export function createSlot(limit: LimitFunction): Slot {
  let release = () => {};
  return {
    acquire(signal) {
      const acquired = Promise.withResolvers<void>();
      void limit(async () => {
        if (signal.aborted) return;
        const released = Promise.withResolvers<void>();
        release = released.resolve;
        acquired.resolve();
        await released.promise;
      });
      return raceAbort(acquired.promise, signal);
    },
    release: () => release(),
  };
}
