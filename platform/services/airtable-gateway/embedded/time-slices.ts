import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work after which other requests get a turn, milliseconds. */
const sliceMs = 8;

/** Divides long work into slices, so that it does not block the process. */
export interface TimeSlices {
  /** Whether the slice is over. Then the work must `pause`. It is cheap enough for every item. */
  isOver(): boolean;
  /** Lets others run. @throws the signal's reason when it is aborted */
  pause(): Promise<void>;
  /** Time of all slices so far, milliseconds. */
  spentMs(): number;
}

export function createTimeSlices(signal: AbortSignal): TimeSlices {
  let startedAt = performance.now();
  let earlierMs = 0;
  return {
    isOver: () => performance.now() - startedAt > sliceMs,
    async pause() {
      earlierMs += performance.now() - startedAt;
      await nextTurn();
      signal.throwIfAborted();
      startedAt = performance.now();
    },
    spentMs: () => earlierMs + performance.now() - startedAt,
  };
}
