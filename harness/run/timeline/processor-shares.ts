import type { ProcessTimes } from '../../evidence/timeline.ts';

/** What a kind of process used for a check, milliseconds: less is below what the system counts. */
const minimumMs = 10;

/**
 * Divides the processor time of a run among the checks that ran meanwhile, in equal parts. Exact for a check that ran
 * alone; of checks that ran side by side, each gets part of the other's work.
 */
export class ProcessorShares {
  readonly #shares = new Map<string, Map<string, number>>();
  readonly #running = new Set<string>();
  #last: ReadonlyMap<string, number> = new Map();

  /** @param times processor time at the moment at which the check starts */
  starts(check: string, times: ProcessTimes): void {
    this.#divide(times);
    this.#running.add(check);
  }

  /** @param times processor time at the moment at which the check ends */
  ends(check: string, times: ProcessTimes): void {
    this.#divide(times);
    this.#running.delete(check);
  }

  /** What a check used, the most first. */
  of(check: string): ProcessTimes {
    return [...(this.#shares.get(check) ?? [])]
      .map(([name, usedMs]) => ({ name, processorMs: Math.round(usedMs) }))
      .filter(({ processorMs }) => processorMs >= minimumMs)
      .sort((a, b) => b.processorMs - a.processorMs || (a.name < b.name ? -1 : 1));
  }

  #divide(times: ProcessTimes): void {
    for (const { name, processorMs } of times) {
      const usedMs = processorMs - (this.#last.get(name) ?? 0);
      if (usedMs <= 0) continue;
      for (const check of this.#running) {
        const shares = this.#shares.get(check) ?? new Map<string, number>();
        this.#shares.set(check, shares.set(name, (shares.get(name) ?? 0) + usedMs / this.#running.size));
      }
    }
    this.#last = new Map(times.map(({ name, processorMs }) => [name, processorMs]));
  }
}
