import type { ProgressClock } from '../progress/live-progress.ts';

/** A clock that moves only when told to. */
export class ManualClock implements ProgressClock {
  #nowMs = 0;
  #callbacks = new Set<() => void>();

  nowMs(): number {
    return this.#nowMs;
  }

  every(_intervalMs: number, callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /** Moves on by so many milliseconds and lets every timer fire once. */
  pass(milliseconds: number): void {
    this.#nowMs += milliseconds;
    for (const callback of this.#callbacks) callback();
  }

  get timers(): number {
    return this.#callbacks.size;
  }
}
