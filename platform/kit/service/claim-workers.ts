import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from '../observe/log.ts';
import { afterCommit } from '../postgres/joined-transaction.ts';
import type { ClaimedWork } from './claimed-work.ts';
import { type Clock, systemClock } from './clock.ts';
import { describeFailure } from './describe-failure.ts';
import type { RecurringWork } from './recurring-work.ts';
import { backgroundScope, runInScope } from './scope.ts';

export interface ClaimWorkersOptions<Item> extends ClaimedWork<Item> {
  /** Description for the log, e.g. `pinging webhooks`. */
  name: string;
  log: Log;
  /** Interval of polls for items that other or earlier processes left, milliseconds. Default 5,000. */
  everyMs?: number;
  clock?: Clock;
}

/**
 * Workers that claim items and work on each until none is due. Unlike `workOnClaims` in a recurring work, an item that
 * becomes due while others are worked on does not wait for them, as long as a worker is free. After a failure of the
 * database nothing is lost: the claim of an item ends, and a later poll finds it.
 */
export function createClaimWorkers<Item>(options: ClaimWorkersOptions<Item>): RecurringWork {
  const { name, log, claim, attempt, concurrency = 1, everyMs = 5_000, clock = systemClock } = options;
  const stopping = new AbortController();
  /** Work must not run in the async context and trace of the request that wakes it. */
  const apart = AsyncLocalStorage.snapshot();
  const running = new Set<Promise<void>>();
  let stopPolling: (() => void) | undefined;

  async function drain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const item = await claim();
      if (item === undefined) return;
      // More may be due: another worker looks while this one works.
      wake();
      await runInScope(backgroundScope(), () => attempt(item, stopping.signal));
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || running.size >= concurrency) return;
    const worker = apart(drain)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ work: name, err: describeFailure(error) }, 'work paused');
      })
      .finally(() => running.delete(worker));
    running.add(worker);
  }

  return {
    start() {
      stopPolling ??= clock.every(everyMs, wake);
      wake();
    },
    wake: () => afterCommit(wake),
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      stopPolling?.();
      stopping.abort(new Error('stopping'));
      await Promise.all(running);
    },
  };
}
