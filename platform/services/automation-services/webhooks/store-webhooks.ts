import { randomUUID } from 'node:crypto';
import { keptMessageDays, type Webhook } from '../../../contracts/automation-services/webhooks.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** A webhook as a message finds it, before its tenant is known. */
export interface FoundWebhook {
  tenant_id: string;
  workflow_id: string;
  secret: Buffer;
  former_secret: Buffer | null;
  /** ISO 8601. */
  former_until: string | null;
}

/** The webhook with an id, in any tenant. */
export async function findWebhook(database: Database, id: string): Promise<FoundWebhook | undefined> {
  const { rows } = await database.query<FoundWebhook>('select * from automation.find_webhook($1)', [id]);
  return rows[0];
}

const columns = `w.id, w.workflow_id, '/api/hooks/' || w.id as path, w.created_at, w.rotated_at,
  case when w.former_until > $2 then w.former_until end as former_secret_until,
  (select max(m.received_at) from automation.webhook_messages m where m.webhook_id = w.id) as last_message_at`;

/** The webhook of a workflow. @throws ProblemError `not_found` */
export async function readWebhook(
  tx: Transaction,
  { workflowId, now }: { workflowId: string; now: Date },
): Promise<Webhook> {
  const { rows } = await tx.query<Webhook>(
    `select ${columns} from automation.webhooks w where w.workflow_id = $1`,
    [workflowId, now],
  );
  if (rows[0] === undefined)
    throw problem('not_found', { message: 'The workflow has no webhook yet: create one with POST.' });
  return rows[0];
}

export interface NewSecret {
  workflowId: string;
  /** The encrypted key. */
  secret: Buffer;
  /** Until then the secret before it is valid; null if it ends at once. */
  formerUntil: Date | null;
  now: Date;
}

/** Creates the webhook of a workflow, or replaces its secret. Its id stays. */
export async function storeSecret(
  tx: Transaction,
  tenant: Tenant,
  { workflowId, secret, formerUntil, now }: NewSecret,
): Promise<void> {
  await tx.query(
    `insert into automation.webhooks as w (id, tenant_id, workflow_id, secret, created_at, rotated_at)
     values ($1, $2, $3, $4, $5, $5)
     on conflict (workflow_id) do update
     set secret = excluded.secret, rotated_at = excluded.rotated_at, former_until = $6,
         former_secret = case when $6::timestamptz is not null then w.secret end`,
    [randomUUID(), tenant.tenantId, workflowId, secret, now, formerUntil],
  );
}

export interface Message {
  webhookId: string;
  messageId: string;
  /** The execution that it starts. */
  executionId: string;
  now: Date;
}

/**
 * Remembers a message, and forgets those whose time is over.
 * @returns the execution that an earlier message with this id has started
 */
export async function rememberMessage(
  tx: Transaction,
  tenant: Pick<Tenant, 'tenantId'>,
  { webhookId, messageId, executionId, now }: Message,
): Promise<string | undefined> {
  await tx.query(
    `delete from automation.webhook_messages where webhook_id = $1 and received_at < $2::timestamptz - $3 * interval '1 day'`,
    [webhookId, now, keptMessageDays],
  );
  const inserted = await tx.query(
    `insert into automation.webhook_messages (webhook_id, tenant_id, message_id, execution_id, received_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [webhookId, tenant.tenantId, messageId, executionId, now],
  );
  if (inserted.rowCount > 0) return undefined;
  const { rows } = await tx.query<{ execution_id: string }>(
    'select execution_id from automation.webhook_messages where webhook_id = $1 and message_id = $2',
    [webhookId, messageId],
  );
  return rows[0]?.execution_id;
}
