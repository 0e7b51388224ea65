/** One of a limited number of places. */
export interface Slot {
  /** Waits for a place, first come first served; rejects with the signal's reason when that aborts. */
  take(signal: AbortSignal): Promise<void>;
  /** Gives the place to who waits longest. Harmless without one. */
  release(): void;
}

export interface Slots {
  /** Places nobody has. */
  readonly free: number;
  slot(): Slot;
}

/** So many may be at work at the same time; the others wait in order. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];

  return {
    get free() {
      return free;
    },
    slot() {
      let held = false;
      return {
        take(signal) {
          return new Promise((resolve, reject) => {
            if (signal.aborted) {
              reject(signal.reason);
              return;
            }
            const grant = () => {
              signal.removeEventListener('abort', abandon);
              held = true;
              resolve();
            };
            const abandon = () => {
              waiting.splice(waiting.indexOf(grant), 1);
              reject(signal.reason);
            };
            if (free > 0) {
              free -= 1;
              grant();
              return;
            }
            waiting.push(grant);
            signal.addEventListener('abort', abandon, { once: true });
          });
        },
        release() {
          if (!held) return;
          held = false;
          const next = waiting.shift();
          if (next === undefined) free += 1;
          else next();
        },
      };
    },
  };
}
