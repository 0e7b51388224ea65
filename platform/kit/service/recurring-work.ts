import type { Log } from '../observe/log.ts';
import { afterCommit } from '../postgres/joined-transaction.ts';
import { backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { describeFailure } from './describe-failure.ts';

export interface RecurringWorkOptions {
  /** Description for the log, e.g. `publishing events`. */
  name: string;
  /** Does all work that is pending now. Rejects when it cannot continue, e.g. because a peer cannot be reached. */
  work(signal: AbortSignal): Promise<void>;
  log: Log;
  /** Interval of polls for work that other or earlier processes left, milliseconds. Default 5,000. */
  everyMs?: number;
  /** Maximum pause after failures in a row, milliseconds. Default 60,000. */
  maxPauseMs?: number;
  clock?: Clock;
}

export interface RecurringWork {
  /** Polls now, and from then on at intervals. */
  start(): void;
  /**
   * Polls when the changes of the current request are durable, usually now. Returns at once and never throws. Has no
   * effect during the pause after a failure.
   */
  wake(): void;
  /** Resolves when no work is running. */
  idle(): Promise<void>;
  /** Starts no more work and resolves when none is running. */
  close(): Promise<void>;
}

/**
 * Repeats work on items that are stored in the database. It runs when woken, and at intervals because no process may be
 * left to wake it. It never runs twice at the same time in one process. After a failure it pauses, twice as long after
 * each further failure, so that an unreachable peer is not called for every new item.
 */
export function createRecurringWork(options: RecurringWorkOptions): RecurringWork {
  const { name, work, log, everyMs = 5_000, maxPauseMs = 60_000, clock = systemClock } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  let pausedUntilMs = 0;
  let stopPolling: (() => void) | undefined;

  async function tryOnce(): Promise<void> {
    try {
      await work(stopping.signal);
      if (failures > 0) log.info({ work: name }, 'work resumed');
      failures = 0;
    } catch (error) {
      if (stopping.signal.aborted) return;
      // Only the first failure in a row is logged; `/ready` reports the state of the dependency.
      if (failures === 0) log.warn({ work: name, err: describeFailure(error) }, 'work paused');
      failures += 1;
      pausedUntilMs = clock.now().getTime() + backoffMs({ firstMs: everyMs, maxMs: maxPauseMs }, failures);
    }
  }

  function mayRun(): boolean {
    return !stopping.signal.aborted && clock.now().getTime() >= pausedUntilMs;
  }

  async function run(): Promise<void> {
    do {
      again = false;
      await tryOnce();
    } while (again && mayRun());
    running = undefined;
  }

  function wake(): void {
    if (running !== undefined) again = true;
    else if (mayRun()) running = run();
  }

  return {
    start() {
      stopPolling ??= clock.every(everyMs, wake);
      wake();
    },
    wake: () => afterCommit(wake),
    async idle() {
      while (running !== undefined) await running;
    },
    async close() {
      stopPolling?.();
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
