import { AsyncLocalStorage } from 'node:async_hooks';
import { allows } from '../../../../contracts/rights.ts';
import type { Log } from '../../../../kit/observe/log.ts';
import { withSpan } from '../../../../kit/observe/tracing.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import { afterCommit } from '../../../../kit/postgres/joined-transaction.ts';
import type { Authorities } from '../../../../kit/rights/authorities.ts';
import { roleIn } from '../../../../kit/rights/judge.ts';
import { describeFailure } from '../../../../kit/service/describe-failure.ts';
import { backgroundScope, runInScope } from '../../../../kit/service/scope.ts';
import {
  type ClaimedNotification,
  claimNotification,
  type DueNotification,
  loadNotification,
  releaseNotification,
  settleNotification,
  stopNotifications,
} from './notification-queue.ts';
import { responseTimeoutMs, sendNotification } from './send-notification.ts';

/** How long a claim lasts when its process dies, seconds. */
const leaseSeconds = responseTimeoutMs / 1_000 + 30;
/** Maximum number of simultaneous pings: in this process, and in all processes for one tenant. */
const maxConcurrent = 16;
const maxPerTenant = 4;

export interface NotifierOptions {
  database: Database;
  authorities: Pick<Authorities, 'of'>;
  log: Log;
  /** Origins that may be pinged although they are not public hosts. */
  trustedOrigins: readonly string[];
  /** Interval of polling for retries and for pings of other processes, milliseconds. Default 5,000. */
  pollMs?: number;
  /** Delay after this number of consecutive failures, milliseconds. Default: exponential backoff. */
  delayMs?: (failures: number) => number;
}

export interface Notifier {
  /** Checks for due pings now. Returns at once. */
  wake(): void;
  /** Starts polling. */
  start(): void;
  /** Resolves when no ping is running. */
  idle(): Promise<void>;
  /** Aborts running pings, releases their claims and claims no more. */
  close(): Promise<void>;
}

/**
 * Pings webhooks, the longest due first. Due pings are in the database: a process that dies loses none, and several
 * processes share the work.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { database, authorities, log, trustedOrigins, delayMs } = options;
  const stopping = new AbortController();
  /** Pings must not run in the async context and trace of the request that wakes the notifier. */
  const apart = AsyncLocalStorage.snapshot();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  /** Why the user who created the webhook must not learn of changes any more; undefined while the user may. */
  async function lostRight(
    { tenant }: ClaimedNotification,
    { workspaceId }: DueNotification,
  ): Promise<string | undefined> {
    const authority = await authorities.of({ user_id: tenant.userId, tenant_id: tenant.tenantId });
    if (!authority?.is_active) return 'The account that created the webhook is not active any more.';
    if (allows(roleIn(authority, workspaceId), 'create')) return undefined;
    return 'The user who created the webhook is not an admin of the workspace of the base any more.';
  }

  async function notify(claim: ClaimedNotification): Promise<void> {
    const due = await loadNotification(database, claim);
    if (due === undefined) return;
    const { webhookId } = claim;
    const release = async (error: unknown): Promise<never> => {
      await releaseNotification(database, claim);
      throw error;
    };
    const reason = await lostRight(claim, due).catch(release);
    if (reason !== undefined) {
      await stopNotifications(database, claim, { retryNumber: due.failures, reason });
      log.info({ webhook_id: webhookId, reason }, 'stopped the pings of a webhook');
      return;
    }
    const ping = await sendNotification(
      { webhookId, due },
      { trustedOrigins, signal: stopping.signal },
    ).catch(release);
    const result = await settleNotification(database, claim, {
      sent: due,
      ping,
      ...(delayMs === undefined ? {} : { delayMs }),
    });
    const level = result.success ? 'debug' : result.willBeRetried ? 'info' : 'warn';
    log[level]({ webhook_id: webhookId, attempt: due.failures + 1, err: result.error?.message }, 'pinged');
  }

  /** One worker: pings until no ping is due. */
  async function drain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const claim = await claimNotification(database, { leaseSeconds, maxPerTenant });
      if (claim === undefined) return;
      // More may be due: another worker checks while this one waits for a response.
      wake();
      await runInScope(backgroundScope(), () =>
        withSpan('ping webhook', { parent: null, attributes: { 'webhook.id': claim.webhookId } }, () =>
          notify(claim),
        ),
      );
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || running.size >= maxConcurrent) return;
    // A database failure loses nothing: the ping stays due or its lease ends, and the next poll finds it.
    const worker = apart(drain)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: describeFailure(error) }, 'pings are paused');
      })
      .finally(() => running.delete(worker));
    running.add(worker);
  }

  return {
    wake: () => afterCommit(wake),
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
