import type { Clock } from '../service/clock.ts';

interface Alarm {
  at: number;
  repeats: boolean;
  ring(): void;
}

/** A clock that tests advance by hand. `start` is an ISO 8601 time. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #alarms = new Set<Alarm>();
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
        this.#alarms.delete(alarm);
        reject(signal.reason);
      };
      const alarm: Alarm = {
        at: this.#nowMs + ms,
        repeats: false,
        ring: () => {
          this.#alarms.delete(alarm);
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#add(alarm);
    });
  }

  every(ms: number, work: () => void): () => void {
    const alarm: Alarm = {
      at: this.#nowMs + ms,
      repeats: true,
      ring: () => {
        alarm.at = this.#nowMs + ms;
        work();
      },
    };
    this.#add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  /** Advances the time and triggers the due alarms in order. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#alarms].filter(({ at }) => at <= this.#nowMs).sort((a, b) => a.at - b.at);
    for (const alarm of due) alarm.ring();
  }

  /** Resolves when a sleep ends exactly `ms` milliseconds from now. */
  async sleeping(ms: number): Promise<void> {
    const found = () => [...this.#alarms].some(({ at, repeats }) => !repeats && at === this.#nowMs + ms);
    while (!found()) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  #add(alarm: Alarm): void {
    this.#alarms.add(alarm);
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}
