import { randomBytes } from 'node:crypto';
import type {
  WebhookPayload,
  WebhookPayloadPage,
} from '../../../../contracts/airtable-gateway/webhook-payloads.ts';
import {
  type NewWebhook,
  type Webhook,
  webhookLimits,
} from '../../../../contracts/airtable-gateway/webhooks.ts';
import { decideTargetByName } from '../../../../kit/outbound/resolve-target.ts';
import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import { isId, newId } from '../../airtable-id.ts';
import { invalidRequest, notFound, tooManyWebhooks } from '../../airtable-problem.ts';
import type { WebhookDefinition, WebhookRef } from '../../upstream.ts';
import type { Schemas } from '../schema/schemas.ts';
import type { SchemaContext } from '../schema/write-schema.ts';
import { checkSpecification } from './check-specification.ts';

type Query = Transaction['query'];

const { lifeDays, keptDays } = webhookLimits;
/** Maximum size of the payloads in one response, bytes. A response has at least one payload of any size. */
const maxPageBytes = 4_000_000;

interface WebhookRow extends Omit<Webhook, 'isHookEnabled' | 'expirationTime'> {
  expirationTime: string;
  isHookEnabled: boolean;
}

/** All webhooks of a base, including those that expired less than a week ago. */
export async function listWebhooks(
  { query, schemas }: { query: Query; schemas: Schemas },
  baseId: string,
): Promise<Webhook[]> {
  await schemas.load(query, baseId);
  const { rows } = await query<WebhookRow>(
    `select id, specification, notification_url as "notificationUrl", next_cursor as "cursorForNextPayload",
       are_notifications_enabled as "areNotificationsEnabled", expires_at > now() as "isHookEnabled",
       last_success_at as "lastSuccessfulNotificationTime", last_result as "lastNotificationResult",
       expires_at as "expirationTime"
     from airtable.webhooks
     where base_id = $1 and expires_at > now() - make_interval(days => $2)
     order by created_at, id`,
    [baseId, keptDays],
  );
  return rows;
}

/**
 * @param options.trustedOrigins origins that pings may call although they are not public
 * @throws AirtableProblem for filters with unknown ids, for too many webhooks, and for a URL without a public host
 */
export async function createWebhook(
  context: SchemaContext,
  { baseId, specification, notificationUrl }: WebhookDefinition & { baseId: string },
  { trustedOrigins }: { trustedOrigins: readonly string[] },
): Promise<NewWebhook> {
  const { base } = await context.schemas.loadForWriting(context, baseId, (shared) => shared);
  checkSpecification(base, specification);
  if (notificationUrl !== null) {
    const target = decideTargetByName(new URL(notificationUrl), { trustedOrigins });
    if (!target.allowed) throw invalidRequest(`body.notificationUrl: ${target.reason}`);
  }
  const { rows: present } = await context.tx.query<{ count: number }>(
    `select count(*) from airtable.webhooks
     where base_id = $1 and expires_at > now() - make_interval(days => $2)`,
    [baseId, keptDays],
  );
  if ((present[0]?.count ?? 0) >= webhookLimits.perBase) throw tooManyWebhooks(webhookLimits.perBase);
  const id = newId('ach');
  const secret = randomBytes(32);
  const { rows } = await context.tx.query<{ expires_at: string }>(
    `insert into airtable.webhooks (id, tenant_id, base_id, created_by, notification_url, specification, mac_secret,
       expires_at, notify_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8),
       case when $5::text is not null then now() end)
     returning expires_at`,
    [
      id,
      context.tenantId,
      baseId,
      context.userId,
      notificationUrl,
      storableJson(specification),
      secret,
      lifeDays,
    ],
  );
  return { id, macSecretBase64: secret.toString('base64'), expirationTime: rows[0]?.expires_at };
}

function assertId({ webhookId }: WebhookRef): void {
  if (!isId('ach', webhookId)) throw notFound();
}

/** @throws AirtableProblem `NOT_FOUND` */
export async function deleteWebhook(query: Query, ref: WebhookRef): Promise<void> {
  assertId(ref);
  const { rowCount } = await query('delete from airtable.webhooks where id = $1 and base_id = $2', [
    ref.webhookId,
    ref.baseId,
  ]);
  if (rowCount === 0) throw notFound();
}

/**
 * Enables or disables pings. Enabling clears earlier failures and announces unannounced payloads at once.
 * @throws AirtableProblem `NOT_FOUND`
 */
export async function enableNotifications(query: Query, ref: WebhookRef, enable: boolean): Promise<void> {
  assertId(ref);
  const { rowCount } = await query(
    `update airtable.webhooks
     set are_notifications_enabled = $3, failures = 0, lease = null, lease_until = null,
       notify_at = case when $3 and notification_url is not null and announced_cursor < next_cursor then now() end
     where id = $1 and base_id = $2`,
    [ref.webhookId, ref.baseId, enable],
  );
  if (rowCount === 0) throw notFound();
}

/** @throws AirtableProblem when the webhook has expired or does not exist */
export async function refreshWebhook(query: Query, ref: WebhookRef): Promise<{ expirationTime: string }> {
  assertId(ref);
  const { rows } = await query<{ expires_at: string; refreshed: boolean }>(
    `with refreshed as (
       update airtable.webhooks set expires_at = now() + make_interval(days => $3)
       where id = $1 and base_id = $2 and expires_at > now()
       returning expires_at
     )
     select expires_at, true as refreshed from refreshed
     union all
     select expires_at, false from airtable.webhooks
     where id = $1 and base_id = $2 and not exists (select from refreshed)`,
    [ref.webhookId, ref.baseId, lifeDays],
  );
  if (rows[0] === undefined) throw notFound();
  if (!rows[0].refreshed) throw invalidRequest('the webhook has expired');
  return { expirationTime: rows[0].expires_at };
}

interface PayloadRow {
  next_cursor: number;
  cursor: number | null;
  base_transaction: number;
  created_at: string;
  payload: Omit<WebhookPayload, 'timestamp' | 'baseTransactionNumber'>;
}

/** Payloads from a cursor on. Extends the webhook's lifetime. @throws AirtableProblem `NOT_FOUND` */
export async function listPayloads(
  query: Query,
  ref: WebhookRef,
  { cursor, limit }: { cursor: number; limit: number },
): Promise<WebhookPayloadPage> {
  assertId(ref);
  const { rows } = await query<PayloadRow>(
    {
      name: 'airtable_list_payloads',
      text: `
        with extended as (
          update airtable.webhooks set expires_at = now() + make_interval(days => $6)
          where id = $1 and base_id = $2 and expires_at > now()
        )
        select w.next_cursor, p.cursor, p.base_transaction, p.created_at, p.payload
        from airtable.webhooks w left join lateral (
          select * from (
            select o.cursor, o.base_transaction, o.created_at, o.payload,
              sum(o.size) over (order by o.cursor) - o.size as before
            from airtable.webhook_payloads o
            where o.webhook_id = w.id and o.cursor >= $3 and o.created_at > now() - make_interval(days => $7)
            order by o.cursor limit $4
          ) page where before < $5
        ) p on true
        where w.id = $1 and w.base_id = $2 and w.expires_at > now() - make_interval(days => $7)
        order by p.cursor`,
    },
    [ref.webhookId, ref.baseId, cursor, limit, maxPageBytes, lifeDays, keptDays],
  );
  const [first] = rows;
  if (first === undefined) throw notFound();
  const payloads = rows
    .filter((row) => row.cursor !== null)
    .map(({ payload, base_transaction, created_at }) => ({
      ...payload,
      timestamp: created_at,
      baseTransactionNumber: base_transaction,
    }));
  const last = rows.at(-1)?.cursor ?? null;
  return last === null
    ? { payloads, cursor, mightHaveMore: false }
    : { payloads, cursor: last + 1, mightHaveMore: last + 1 < first.next_cursor };
}
