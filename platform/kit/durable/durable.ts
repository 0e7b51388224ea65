import type { Transaction } from '../postgres/database.ts';
import type { Dependency } from '../service/dependency.ts';

/**
 * The arguments of a run. They are stored without a tenant policy, so they hold ids only; everything else belongs to
 * the service's own tables.
 */
export type RunIds = Readonly<Record<string, string>>;

/** What a step may remember, for the same reason: a state, a count, an id. */
// biome-ignore lint/suspicious/noConfusingVoidType: a step that remembers only that it happened
export type Remembered = string | number | boolean | null | undefined | void;

export interface StepOptions {
  /** Attempts after the first, only for a `StepFailure` that is retryable. Default 0. */
  retries?: number;
  /** Delay after the first failed attempt, milliseconds; doubled with each further one. Default 1,000. */
  firstDelayMs?: number;
  /** Maximum delay, milliseconds. Default 30,000. */
  maxDelayMs?: number;
}

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Aborts when the run is cancelled, when the process ends, and when another process may have taken the run over. */
  readonly signal: AbortSignal;
}

/**
 * A run of a workflow that survives its process. After a crash the function is called again from its beginning: steps
 * that were remembered return what they returned before. So it must call the same steps in the same order each time,
 * in sequence, and everything that happens once must happen within a step.
 *
 * A step whose process dies at its end happens again. Its effect needs a key that the receiver knows: `key(name)`.
 */
export interface DurableRun {
  readonly id: string;
  /** Aborts together with the signals of the attempts. */
  readonly signal: AbortSignal;
  /**
   * Does `work` and remembers its result. While a store is away, it tries again for as long as it takes.
   * @throws StepFailure after the last attempt; when repeated after a crash without the reason, which is not stored
   */
  step<T extends Remembered>(
    name: string,
    work: (attempt: Attempt) => Promise<T>,
    options?: StepOptions,
  ): Promise<T>;
  /** Waits `ms` milliseconds of the service's clock, counted from the first call. */
  sleep(name: string, ms: number): Promise<void>;
  /** The time of the service's clock, the same after a crash. */
  now(name: string): Promise<Date>;
  /** The next message on a topic; undefined after `timeoutMs` milliseconds without one. */
  wait(topic: string, timeoutMs: number): Promise<string | undefined>;
  /** Idempotency key of an effect of this run: the same in every attempt, different from those of other runs. */
  key(name: string): string;
}

export type DurableWorkflow = (run: DurableRun, ids: RunIds) => Promise<void>;

export interface DurableCounts {
  /** Runs of this process. */
  running: number;
  /** Runs that wait for a process, over all processes; at most 1,000. */
  queued: number;
}

export interface Durable {
  /**
   * Stores a run, which a process starts at once if one has capacity. An id that exists has no effect.
   * Resolves when the run is stored.
   */
  start(workflow: string, id: string, ids: RunIds): Promise<void>;
  /** The same in a transaction of the caller: the run exists if and only if the transaction commits. */
  startIn(tx: Transaction, workflow: string, id: string, ids: RunIds): Promise<void>;
  /** Ends a run before its next step, and aborts the current one within about a second. */
  cancel(id: string): Promise<void>;
  /** Continues a cancelled run after its last remembered step. */
  resume(id: string): Promise<void>;
  /** Sends a message to a run, at most once per `key`. */
  send(id: string, topic: string, message: string, key?: string): Promise<void>;
  /** Forgets runs. Those that have not ended end first. */
  forget(ids: readonly string[]): Promise<void>;
  counts(): Promise<DurableCounts>;
  /** Starts the engine in the background; before that, runs are stored only. */
  launch(): void;
  /** Resolves when the engine runs. */
  launched(): Promise<void>;
  /** Fails until the engine runs. */
  readonly dependency: Dependency;
  /** Lets steps end for `drainMs` milliseconds, default 4,000, then hands the runs over to other processes. */
  close(options?: { drainMs?: number }): Promise<void>;
}
