import type { RunningProcess } from '../../runtime/process/process-table.ts';

/** What is known of one child of the harness, with everything below it. */
interface Child {
  label: string;
  /** Processor time at the last look, milliseconds. */
  ms: number;
}

/**
 * Sums the processor time of the harness and of all processes that it has started. A process that has exited counts with
 * its last known time; what it used after that, and what short programs used, is in `other programs`.
 */
export class ProcessorTimes {
  readonly #harness: number;
  readonly #children = new Map<string, Child>();
  #harnessMs = 0;
  #exitedMs = 0;
  #running = new Set<string>();

  /** @param harness id of the process whose children are counted */
  constructor(harness: number) {
    this.#harness = harness;
  }

  /**
   * @param labelOf name of the kind of process that a child of the harness is
   * @returns processor time so far, milliseconds
   */
  add(processes: readonly RunningProcess[], labelOf: (pid: number) => string): number {
    const below = Map.groupBy(processes, ({ parent }) => parent);
    const timeOf = (one: RunningProcess): number =>
      one.ownMs + one.exitedMs + (below.get(one.pid) ?? []).reduce((sum, child) => sum + timeOf(child), 0);
    const harness = processes.find(({ pid }) => pid === this.#harness);
    if (!harness) return 0;
    this.#harnessMs = harness.ownMs;
    this.#exitedMs = harness.exitedMs;
    this.#running = new Set();
    let runningMs = 0;
    for (const child of below.get(this.#harness) ?? []) {
      const key = `${child.pid} ${child.startTime}`;
      const ms = timeOf(child);
      runningMs += ms;
      this.#running.add(key);
      this.#children.set(key, { label: labelOf(child.pid), ms });
    }
    return this.#harnessMs + this.#exitedMs + runningMs;
  }

  /** Processor time of each kind of process, milliseconds, the most first. */
  byLabel(): { name: string; processorMs: number }[] {
    const sums = new Map([['harness', this.#harnessMs]]);
    let exitedMs = 0;
    for (const [key, { label, ms }] of this.#children) {
      sums.set(label, (sums.get(label) ?? 0) + ms);
      if (!this.#running.has(key)) exitedMs += ms;
    }
    const others = this.#exitedMs - exitedMs;
    if (others > 0) sums.set('other programs', (sums.get('other programs') ?? 0) + others);
    return [...sums]
      .map(([name, processorMs]) => ({ name, processorMs }))
      .sort((a, b) => b.processorMs - a.processorMs || (a.name < b.name ? -1 : 1));
  }
}
