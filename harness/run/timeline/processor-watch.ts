import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { ProcessTimes, Timeline } from '../../evidence/timeline.ts';
import { commandLine, ProcessFamily } from '../../runtime/process/process-table.ts';
import type { BootedStack } from '../../runtime/runtime.ts';
import { ProcessorShares } from './processor-shares.ts';
import { ProcessorTimes } from './processor-times.ts';

/** Time between two looks at the processes, milliseconds. */
const intervalMs = 1_000;

/** Programs of the harness by what their command line contains. */
const programs: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/playwright|chrom/i, 'browser tests'],
  [/reaper-process/, 'reaper'],
  [/load\/embedded|\bk6\b/, 'load generator'],
  [/\/conformance\//, 'MCP conformance suite'],
  [/python/, 'Python programs'],
];

/** Watches the processor time of the harness and of all processes that it starts, until it is disposed. */
export class ProcessorWatch implements Disposable {
  /** `performance.now()` at its start. */
  readonly startedAtMs = performance.now();
  readonly #times = new ProcessorTimes(process.pid);
  readonly #family = new ProcessFamily(process.pid);
  readonly #labels = new Map<number, string>();
  readonly #busyMs: number[] = [];
  readonly #shares = new ProcessorShares();
  #nodes: () => ReadonlyMap<number, string> = () => new Map();
  #totalMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#totalMs = this.#look();
    this.#timer = setInterval(() => this.#measure(), intervalMs).unref();
  }

  /** Names the processes of the platform from now on. */
  watchNodes(stack: Pick<BootedStack, 'boot' | 'processId'>): void {
    this.#nodes = () =>
      new Map(
        stack.boot.flatMap(({ node }) => {
          const pid = stack.processId?.(node);
          return pid === undefined ? [] : [[pid, node] as const];
        }),
      );
  }

  /** Notes that a check starts. */
  checkStarts(check: string): void {
    this.#shares.starts(check, this.#timesNow());
  }

  /** Notes that a check has ended. */
  checkEnds(check: string): void {
    this.#shares.ends(check, this.#timesNow());
  }

  /** A check's part of the processor time, the most first; see `ProcessorShares`. Empty without /proc. */
  shareOf(check: string): ProcessTimes {
    return this.#shares.of(check);
  }

  /** The figures so far; undefined without /proc. */
  processor(): Timeline['processor'] {
    this.#measure();
    if (this.#totalMs === 0) return undefined;
    return { intervalMs, busyMs: [...this.#busyMs], processes: this.#times.byLabel() };
  }

  /** Number of cores that the run may use. */
  get cores(): number {
    return availableParallelism();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #timesNow(): ProcessTimes {
    this.#measure();
    return this.#times.byLabel();
  }

  #measure(): void {
    // A timer that comes late must not shift what follows.
    const index = Math.max(0, Math.round((performance.now() - this.startedAtMs) / intervalMs) - 1);
    const totalMs = this.#look();
    while (this.#busyMs.length <= index) this.#busyMs.push(0);
    this.#busyMs[index] = (this.#busyMs[index] ?? 0) + Math.max(0, totalMs - this.#totalMs);
    this.#totalMs = totalMs;
  }

  #look(): number {
    const nodes = this.#nodes();
    return this.#times.add(this.#family.look(), (pid) => nodes.get(pid) ?? this.#labelOf(pid));
  }

  /** Read once: a process keeps its command line. */
  #labelOf(pid: number): string {
    const words = commandLine(pid);
    // A program that is given as text may contain the name of another one.
    const text = words.filter((word) => !/\s/.test(word)).join(' ');
    const label =
      this.#labels.get(pid) ??
      programs.find(([pattern]) => pattern.test(text))?.[1] ??
      basename(words[0] ?? 'other programs');
    if (words.length > 0) this.#labels.set(pid, label);
    return label;
  }
}
