import type { ErasingService, ErasureOrder } from '../../../contracts/erasure.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import { workOnClaims } from '../../../kit/service/claimed-work.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { claimTask, deleteOldErasures, type ErasureTask, finishTask, postponeTask } from './erasures.ts';

/** Erases the data of one service. @returns the number of rows and files that were found */
export type Eraser = (order: ErasureOrder, signal: AbortSignal) => Promise<number>;

/** Maximum wait for the response of a service, milliseconds. */
export const erasureTimeoutMs = 60_000;
/** Duration of a claim, seconds: the call and storing its result. */
const leaseSeconds = 90;
/** Tasks at the same time, so that a slow service does not block the others. */
const concurrency = 4;
/** Delays of a task whose service fails. */
const failedBackoff: Backoff = { firstMs: 2_000, maxMs: 60_000 };
/** Delay of a task that found something after the account's requests had ended, seconds. */
const repeatSeconds = 1;

/**
 * Has deleted accounts erased in every service. A task is repeated until its service confirms that nothing was left
 * after all requests of the account had ended. Tasks are stored, so neither a restart nor a service that is away loses
 * one; each waits for its own service only.
 */
export function createErasureWork(options: {
  database: Database;
  erasers: Readonly<Record<ErasingService, Eraser>>;
  log: Log;
}): RecurringWork {
  const { database, erasers, log } = options;

  async function attempt(task: ErasureTask, signal: AbortSignal): Promise<void> {
    const { service, tenant_id, user_id, email, whole_tenant, quiet } = task;
    let found: number;
    try {
      found = await erasers[service as ErasingService]({ tenant_id, user_id, email, whole_tenant }, signal);
    } catch (error) {
      const seconds = signal.aborted ? 0 : backoffMs(failedBackoff, task.attempts) / 1_000;
      await postponeTask(database, task, { seconds, untilQuiet: false });
      if (signal.aborted) return;
      // Its own store fails: the work pauses. Another service fails: only its tasks wait.
      if (!(error instanceof PeerProblem)) throw error;
      log.warn(
        { err: describeFailure(error), peer: service },
        'a service did not erase an account; retrying',
      );
      return;
    }
    if (quiet && found === 0) {
      await finishTask(database, task);
      log.info({ erasure_id: task.erasure_id, peer: service }, 'account erased');
    } else {
      await postponeTask(database, task, { seconds: quiet ? repeatSeconds : 0, untilQuiet: true });
    }
  }

  return createRecurringWork({
    name: 'erasing deleted accounts',
    log,
    everyMs: 1_000,
    async work(signal) {
      await workOnClaims(
        {
          claim: () => claimTask(database, { leaseSeconds }),
          attempt: (task) =>
            withSpan('erase account', { attributes: { 'peer.service': task.service } }, () =>
              attempt(task, signal),
            ),
          concurrency,
        },
        signal,
      );
      await deleteOldErasures(database);
    },
  });
}
