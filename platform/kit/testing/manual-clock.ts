import type { Clock } from '../service/clock.ts';

interface Timer {
  at: number;
  repeats: boolean;
  fire(): void;
}

/** A clock that tests advance by hand. `start` is an ISO 8601 time. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();

  constructor(start: string) {
    this.#nowMs = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      };
      const timer: Timer = {
        at: this.#nowMs + ms,
        repeats: false,
        fire: () => {
          this.#timers.delete(timer);
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#add(timer);
    });
  }

  every(ms: number, work: () => void): () => void {
    const timer: Timer = {
      at: this.#nowMs + ms,
      repeats: true,
      fire: () => {
        timer.at = this.#nowMs + ms;
        work();
      },
    };
    this.#add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Advances the time and fires the due timers in order. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#nowMs).sort((a, b) => a.at - b.at);
    for (const timer of due) timer.fire();
  }

  /** Resolves once a sleep is pending that ends exactly `ms` milliseconds from now. */
  async sleeping(ms: number): Promise<void> {
    const found = () => [...this.#timers].some(({ at, repeats }) => !repeats && at === this.#nowMs + ms);
    while (!found()) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  #add(timer: Timer): void {
    this.#timers.add(timer);
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}
