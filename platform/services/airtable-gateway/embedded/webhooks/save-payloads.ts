import { toAirtableUserId } from '../../../../contracts/airtable-gateway/user-id.ts';
import type { WebhookPayload } from '../../../../contracts/airtable-gateway/webhook-payloads.ts';
import { type PermissionLevel, permissionLevel } from '../../../../contracts/rights.ts';
import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { Caller } from '../../caller.ts';
import type { Call } from '../../upstream.ts';
import type { ChangeSet } from './change-set.ts';
import { findDependents } from './find-dependents.ts';
import { PayloadBuilder, source } from './payload-builder.ts';
import { readDeltas } from './record-deltas.ts';

export interface ChangedBy {
  tx: Transaction;
  caller: Caller;
  rights: Pick<Call['rights'], 'roleIn'>;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Stores the payloads of a transaction within the transaction: there is a payload if and only if the change is
 * committed. Without webhooks it sends no query.
 * @returns whether a ping has become due
 */
export async function savePayloads(
  changes: ChangeSet,
  { tx, caller, rights, now }: ChangedBy,
): Promise<boolean> {
  const { watched } = changes;
  if (watched === undefined) return false;
  const { base, watchers } = watched;
  const builders = watchers.map(({ id, specification }) => ({
    id,
    builder: new PayloadBuilder(specification),
  }));
  for (const { builder } of builders) builder.addSchema(changes);
  if (changes.records.size > 0 && builders.some(({ builder }) => builder.wantsRecords)) {
    const records = await findDependents(tx.query, base, changes.records);
    for await (const { table, deltas } of readDeltas({ query: tx.query, base, now }, records))
      for (const { builder } of builders) builder.addRecords(table, deltas);
  }
  const level = permissionLevel(rights.roleIn(base.workspaceId));
  const common = { payloadFormat: 'v0', actionMetadata: actionOf(caller, level) };
  const payloads = builders.flatMap(({ id, builder }) =>
    builder.contents.map((content) => ({ id, text: storableJson({ ...common, ...content }) })),
  );
  if (payloads.length === 0) return false;
  const { rows } = await tx.query<{ due: boolean | null }>(
    {
      name: 'airtable_save_payloads',
      text: `
        with transaction as (
          update airtable.bases set last_transaction = last_transaction + 1 where id = $2
          returning last_transaction as number
        ), given as (
          select webhook_id, payload, row_number() over (partition by webhook_id order by position) as position
          from unnest($3::text[], $4::json[]) with ordinality as g (webhook_id, payload, position)
        ), moved as (
          update airtable.webhooks w
          set next_cursor = w.next_cursor + c.count,
              notify_at = case when w.notification_url is not null and w.are_notifications_enabled
                then coalesce(w.notify_at, now()) end
          from (select webhook_id, count(*) from given group by webhook_id) c
          where w.id = c.webhook_id
          returning w.id, w.next_cursor - c.count as first, w.notify_at is not null as due
        ), saved as (
          insert into airtable.webhook_payloads (webhook_id, tenant_id, cursor, base_transaction, payload, size)
          select m.id, $1, m.first + g.position - 1, t.number, g.payload, octet_length(g.payload::text)
          from given g join moved m on m.id = g.webhook_id cross join transaction t
        )
        select bool_or(due) as due from moved`,
    },
    [caller.tenantId, base.id, payloads.map(({ id }) => id), payloads.map(({ text }) => text)],
  );
  return rows[0]?.due === true;
}

function actionOf(caller: Caller, level: PermissionLevel): NonNullable<WebhookPayload['actionMetadata']> {
  const { userId, email, name } = caller;
  const user = { id: toAirtableUserId(userId), email, name, permissionLevel: level };
  return { source, sourceMetadata: { user } };
}
