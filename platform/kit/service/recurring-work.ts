import type { Log } from '../observe/log.ts';
import { type Clock, systemClock } from './clock.ts';
import { describeFailure } from './describe-failure.ts';

export interface RecurringWorkOptions {
  /** What is done, for the log: `publishing events`. */
  name: string;
  /** Does all there is to do now. Rejects when it cannot go on, for example because the other side is away. */
  work(signal: AbortSignal): Promise<void>;
  log: Log;
  /** How often to look without being told, milliseconds: for what other processes or earlier ones left. Default 5,000. */
  everyMs?: number;
  /** Longest pause after failures in a row, milliseconds. Default 60,000. */
  maxPauseMs?: number;
  clock?: Clock;
}

export interface RecurringWork {
  /** Looks now, and from then on at intervals. */
  start(): void;
  /** There is something to do. Returns at once and never throws; nothing happens while a failure is waited out. */
  wake(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Begins nothing more and resolves when nothing is under way. */
  close(): Promise<void>;
}

/**
 * Work on things that lie in the database: done when somebody says that there are some, and looked for at intervals
 * since nobody may be left to say so. Never twice at the same time in one process. After a failure it pauses, twice
 * as long after each further one, and the first try after the pause decides; so a side that is away is not asked
 * again by everything that happens meanwhile.
 */
export function createRecurringWork(options: RecurringWorkOptions): RecurringWork {
  const { name, work, log, everyMs = 5_000, maxPauseMs = 60_000, clock = systemClock } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  let pausedUntilMs = 0;
  let stopLooking: (() => void) | undefined;

  async function tryOnce(): Promise<void> {
    try {
      await work(stopping.signal);
      if (failures > 0) log.info({ work: name }, 'work goes on');
      failures = 0;
    } catch (error) {
      if (stopping.signal.aborted) return;
      const pauseMs = Math.min(everyMs * 2 ** failures, maxPauseMs);
      // One line tells when it began; how it stands is in the state of what it needs.
      if (failures === 0) log.warn({ work: name, err: describeFailure(error) }, 'work has to wait');
      failures += 1;
      pausedUntilMs = clock.now().getTime() + pauseMs;
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
      stopLooking ??= clock.every(everyMs, wake);
      wake();
    },
    wake,
    async idle() {
      while (running !== undefined) await running;
    },
    async close() {
      stopLooking?.();
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
