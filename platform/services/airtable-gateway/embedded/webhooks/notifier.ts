import { allows } from '../../../../contracts/rights.ts';
import type { Log } from '../../../../kit/observe/log.ts';
import { withSpan } from '../../../../kit/observe/tracing.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import type { Authorities } from '../../../../kit/rights/authorities.ts';
import { roleIn } from '../../../../kit/rights/judge.ts';
import { createClaimWorkers } from '../../../../kit/service/claim-workers.ts';
import type { RecurringWork } from '../../../../kit/service/recurring-work.ts';
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

/**
 * Pings webhooks, the longest due first. Due pings are in the database: a process that dies loses none, and several
 * processes share the work.
 */
export function createNotifier(options: NotifierOptions): RecurringWork {
  const { database, authorities, log, trustedOrigins, delayMs, pollMs } = options;

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

  async function notify(claim: ClaimedNotification, signal: AbortSignal): Promise<void> {
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
    const ping = await sendNotification({ webhookId, due }, { trustedOrigins, signal }).catch(release);
    const result = await settleNotification(database, claim, {
      sent: due,
      ping,
      ...(delayMs === undefined ? {} : { delayMs }),
    });
    const level = result.success ? 'debug' : result.willBeRetried ? 'info' : 'warn';
    log[level]({ webhook_id: webhookId, attempt: due.failures + 1, err: result.error?.message }, 'pinged');
  }

  return createClaimWorkers<ClaimedNotification>({
    name: 'pinging webhooks',
    log,
    concurrency: maxConcurrent,
    ...(pollMs === undefined ? {} : { everyMs: pollMs }),
    claim: () => claimNotification(database, { leaseSeconds, maxPerTenant }),
    attempt: (claim, signal) =>
      withSpan('ping webhook', { parent: null, attributes: { 'webhook.id': claim.webhookId } }, () =>
        notify(claim, signal),
      ),
  });
}
