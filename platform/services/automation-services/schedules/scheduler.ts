import type { Log } from '../../../kit/observe/log.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { runDueSchedules, type ScheduleDeps } from './run-due-schedules.ts';

/** Default polling interval, milliseconds. */
export const defaultIntervalMs = 5_000;

/** Polls for due schedules. */
export function createScheduler(
  deps: ScheduleDeps & { log: Log },
  { intervalMs = defaultIntervalMs }: { intervalMs?: number } = {},
): RecurringWork {
  return createRecurringWork({
    name: 'running schedules',
    log: deps.log,
    clock: deps.clock,
    everyMs: intervalMs,
    maxPauseMs: intervalMs,
    work: () => runDueSchedules(deps),
  });
}
