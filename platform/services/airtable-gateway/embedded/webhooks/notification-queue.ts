import { type NotificationResult, webhookLimits } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { Database, Tenant } from '../../../../kit/postgres/database.ts';
import { type Backoff, backoffMs } from '../../../../kit/service/backoff.ts';

/** Delays between the pings of a webhook whose URL fails. */
const pingBackoff: Backoff = { firstMs: 10_000, maxMs: 3_600_000, jitter: 0.1 };

/** A webhook claimed for a ping. Only the holder of the lease can settle it. */
export interface ClaimedNotification {
  webhookId: string;
  tenant: Tenant;
  lease: string;
}

export interface DueNotification {
  baseId: string;
  /** The workspace of the base. */
  workspaceId: string;
  url: string;
  secret: Buffer;
  /** Number of the next payload: the ping announces all payloads below. */
  cursor: number;
  /** Number of consecutive failed pings before this one. */
  failures: number;
}

/** Claims the webhook whose ping has been due the longest; undefined when none is due. */
export async function claimNotification(
  database: Database,
  { leaseSeconds, maxPerTenant }: { leaseSeconds: number; maxPerTenant: number },
): Promise<ClaimedNotification | undefined> {
  const { rows } = await database.query<{ id: string; tenant_id: string; created_by: string; lease: string }>(
    'select id, tenant_id, created_by, lease from airtable.claim_notification($1, $2)',
    [leaseSeconds, maxPerTenant],
  );
  const [row] = rows;
  return (
    row && {
      webhookId: row.id,
      tenant: { tenantId: row.tenant_id, userId: row.created_by },
      lease: row.lease,
    }
  );
}

/** Loads the ping to send; undefined when the webhook was deleted or the lease was lost. */
export async function loadNotification(
  database: Database,
  { tenant, webhookId, lease }: ClaimedNotification,
): Promise<DueNotification | undefined> {
  const { rows } = await database.tenantQuery<DueNotification>(
    tenant,
    {
      name: 'airtable_load_notification',
      text: `select w.base_id as "baseId", b.workspace_id as "workspaceId", w.notification_url as url,
               w.mac_secret as secret, w.next_cursor as cursor, w.failures
             from airtable.webhooks w join airtable.bases b on b.id = w.base_id
             where w.id = $1 and w.lease = $2 and w.notification_url is not null`,
    },
    [webhookId, lease],
  );
  return rows[0];
}

/** The result of a ping. */
export type PingResult = Pick<NotificationResult, 'completionTimestamp' | 'durationMs'> & { error?: string };

/**
 * Stores the result of a ping and schedules the next one: at once when there are new payloads, after a delay when the
 * ping failed, never after too many failures.
 * @param delayMs delay after this number of consecutive failures, milliseconds
 */
export async function settleNotification(
  database: Database,
  { tenant, webhookId, lease }: ClaimedNotification,
  {
    sent,
    ping,
    delayMs = (failures: number) => backoffMs(pingBackoff, failures),
  }: { sent: DueNotification; ping: PingResult; delayMs?: (failures: number) => number },
): Promise<NotificationResult> {
  const { error, ...times } = ping;
  const failures = error === undefined ? 0 : sent.failures + 1;
  const willBeRetried = failures > 0 && failures < webhookLimits.failures;
  const result: NotificationResult = {
    success: error === undefined,
    ...times,
    retryNumber: sent.failures,
    ...(error === undefined ? {} : { error: { message: error }, willBeRetried }),
  };
  await database.tenantQuery(
    tenant,
    {
      name: 'airtable_settle_notification',
      text: `
        update airtable.webhooks
        set lease = null, lease_until = null, failures = $4, last_result = $5,
          last_success_at = case when $4 = 0 then now() else last_success_at end,
          announced_cursor = case when $4 = 0 then $3 else announced_cursor end,
          are_notifications_enabled = are_notifications_enabled and ($4 = 0 or $6),
          notify_at = case
            when not are_notifications_enabled then null
            when $4 = 0 and next_cursor > $3 then now()
            when $6 then now() + make_interval(secs => $7)
          end
        where id = $1 and lease = $2`,
    },
    [
      webhookId,
      lease,
      sent.cursor,
      failures,
      JSON.stringify(result),
      willBeRetried,
      failures === 0 ? 0 : delayMs(failures) / 1000,
    ],
  );
  return result;
}

/** Disables the pings of a webhook for a reason that is no failure of its URL. Payloads are still written. */
export async function stopNotifications(
  database: Database,
  { tenant, webhookId, lease }: ClaimedNotification,
  { retryNumber, reason }: { retryNumber: number; reason: string },
): Promise<void> {
  const result: NotificationResult = {
    success: false,
    completionTimestamp: new Date().toISOString(),
    durationMs: 0,
    retryNumber,
    error: { message: reason },
    willBeRetried: false,
  };
  await database.tenantQuery(
    tenant,
    {
      name: 'airtable_stop_notifications',
      text: `update airtable.webhooks
             set lease = null, lease_until = null, notify_at = null, are_notifications_enabled = false, last_result = $3
             where id = $1 and lease = $2`,
    },
    [webhookId, lease, JSON.stringify(result)],
  );
}

/** Releases a claim without a ping. */
export async function releaseNotification(
  database: Database,
  { tenant, webhookId, lease }: ClaimedNotification,
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'airtable_release_notification',
      text: 'update airtable.webhooks set lease = null, lease_until = null where id = $1 and lease = $2',
    },
    [webhookId, lease],
  );
}
