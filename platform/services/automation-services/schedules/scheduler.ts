import type { Log } from '../../../kit/observe/log.ts';
import { recoverExecutions, renewLeases } from '../executions/recover-executions.ts';
import { runDueSchedules, type ScheduleDeps } from './run-due-schedules.ts';

/** How often is looked for what is due, milliseconds; well below the lease of an execution. */
export const defaultIntervalMs = 5_000;

export interface Scheduler {
  /** Looks at once, without being waited for, and from then on at intervals. */
  start(): void;
  /** Looks once; calls while a look is under way share the next one. Never rejects. */
  look(): Promise<void>;
  /** Resolves when the look under way has ended. */
  close(): Promise<void>;
}

/** Looks for due schedules and abandoned executions. */
export function createScheduler(
  deps: ScheduleDeps & { log: Log },
  { intervalMs = defaultIntervalMs }: { intervalMs?: number } = {},
): Scheduler {
  let current: Promise<void> = Promise.resolve();
  let following: Promise<void> | undefined;
  let closed = false;
  let failing = false;

  async function lookOnce(): Promise<void> {
    if (closed) return;
    try {
      await renewLeases(deps);
      await recoverExecutions(deps);
      await runDueSchedules(deps);
      failing = false;
    } catch (error) {
      // An absent database is in /ready; here one line tells when it began.
      if (!failing) deps.log.warn({ err: error }, 'schedules cannot be looked at');
      failing = true;
    }
  }

  function look(): Promise<void> {
    following ??= current.then(() => {
      following = undefined;
      current = lookOnce();
      return current;
    });
    return following;
  }

  let stop: (() => void) | undefined;
  return {
    look,
    start() {
      stop ??= deps.clock.every(intervalMs, () => void look());
      void look();
    },
    async close() {
      closed = true;
      stop?.();
      await following;
      await current;
    },
  };
}
