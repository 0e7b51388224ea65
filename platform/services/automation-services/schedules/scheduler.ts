import type { Log } from '../../../kit/observe/log.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { recoverExecutions, renewLeases } from '../executions/recover-executions.ts';
import { runDueSchedules, type ScheduleDeps } from './run-due-schedules.ts';

/** Default polling interval, milliseconds; well below the lease of an execution. */
export const defaultIntervalMs = 5_000;

/** Polls for due schedules and abandoned executions, and renews the leases of this process. */
export function createScheduler(
  deps: ScheduleDeps & { log: Log },
  { intervalMs = defaultIntervalMs }: { intervalMs?: number } = {},
): RecurringWork {
  return createRecurringWork({
    name: 'running schedules',
    log: deps.log,
    clock: deps.clock,
    everyMs: intervalMs,
    // Leases expire during a pause.
    maxPauseMs: 0,
    async work() {
      await renewLeases(deps);
      await recoverExecutions(deps);
      await runDueSchedules(deps);
    },
  });
}
