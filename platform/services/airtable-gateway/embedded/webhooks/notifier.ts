import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from '../../../../kit/observe/log.ts';
import { withSpan } from '../../../../kit/observe/tracing.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import { describeFailure } from '../../../../kit/service/describe-failure.ts';
import { backgroundScope, runInScope } from '../../../../kit/service/scope.ts';
import {
  type ClaimedNotification,
  claimNotification,
  loadNotification,
  releaseNotification,
  settleNotification,
} from './notification-queue.ts';
import { answerTimeoutMs, sendNotification } from './send-notification.ts';

/** How long a taken webhook stays taken when its process is not heard of again, seconds. */
const leaseSeconds = answerTimeoutMs / 1_000 + 30;
/** Most pings at the same time, in this process and, in all processes, for one tenant. */
const mostAtATime = 16;
const mostPerTenant = 4;

export interface NotifierOptions {
  database: Database;
  log: Log;
  /** Origins that may be pinged although they are no public hosts. */
  trustedOrigins: readonly string[];
  /** How often to look for pings nobody said a word about: retries, and those of other processes. Milliseconds. */
  pollMs?: number;
  /** Pause after so many failures in a row, milliseconds; default the growing one of `retryDelayMs`. */
  delayMs?: (failures: number) => number;
}

export interface Notifier {
  /** Looks for due pings now. Returns at once. */
  wake(): void;
  /** Looks from now on also by itself. */
  start(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Gives back what is under way and takes nothing more. */
  close(): Promise<void>;
}

/**
 * Pings webhooks, the one that has waited longest first. What is due is in the database: nothing is lost with the
 * process, and several processes share the work.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { database, log, trustedOrigins, delayMs } = options;
  const stopping = new AbortController();
  /** Who wakes the notifier is a request that has nothing to do with what is pinged then, nor with its trace. */
  const apart = AsyncLocalStorage.snapshot();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  async function notify(claim: ClaimedNotification): Promise<void> {
    const due = await loadNotification(database, claim);
    if (due === undefined) return;
    const { webhookId } = claim;
    const outcome = await sendNotification(
      { webhookId, due },
      { trustedOrigins, signal: stopping.signal },
    ).catch(async (error: unknown) => {
      await releaseNotification(database, claim);
      throw error;
    });
    const result = await settleNotification(database, claim, {
      sent: due,
      outcome,
      ...(delayMs === undefined ? {} : { delayMs }),
    });
    const level = result.success ? 'debug' : result.willBeRetried ? 'info' : 'warn';
    log[level]({ webhook_id: webhookId, attempt: due.failures + 1, err: result.error?.message }, 'pinged');
  }

  /** One worker: pings until nothing is due. */
  async function drain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const claim = await claimNotification(database, { leaseSeconds, mostPerTenant });
      if (claim === undefined) return;
      // There may be more: another worker looks while this one waits for an answer.
      wake();
      await runInScope(backgroundScope(), () =>
        withSpan('ping webhook', { parent: null, attributes: { 'webhook.id': claim.webhookId } }, () =>
          notify(claim),
        ),
      );
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || running.size >= mostAtATime) return;
    // Nothing is lost when the database fails: the ping stays due, or its lease ends, and the next look finds it.
    const worker = apart(drain)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: describeFailure(error) }, 'pings have to wait');
      })
      .finally(() => running.delete(worker));
    running.add(worker);
  }

  return {
    wake,
    start() {
      timer ??= setInterval(wake, options.pollMs ?? 5_000).unref();
      wake();
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      clearInterval(timer);
      stopping.abort(new Error('stopping'));
      await Promise.all(running);
    },
  };
}
