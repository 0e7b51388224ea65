import type { ProgressClock } from '../progress/live-progress.ts';

/** A clock that only a test advances. */
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

  /** Advances the clock and fires every timer once. */
  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
    for (const callback of this.#callbacks) callback();
  }

  get timers(): number {
    return this.#callbacks.size;
  }
}
