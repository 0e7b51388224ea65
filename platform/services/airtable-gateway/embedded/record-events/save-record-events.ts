import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  maxRecordChanges,
  type RecordEvent,
} from '../../../../contracts/automation-services/record-events.ts';
import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { Caller } from '../../caller.ts';
import { loadRows, type RecordRow } from '../records/record-row.ts';
import { type StoredBase, type StoredTable, tableById } from '../schema/stored-base.ts';
import type { ChangeSet, RecordsBefore } from '../webhooks/change-set.ts';

/** A change of a record, as an event names it. */
type Change = RecordEvent['changes'][number];

/** An event as stored: the id and the actor's user are columns. */
export type StoredEvent = Omit<RecordEvent, 'event_id' | 'tenant_id' | 'actor'> & {
  actor: Omit<RecordEvent['actor'], 'user_id'>;
};

export interface ChangedIn {
  tx: Transaction;
  caller: Caller;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Undefined if nothing is different in the end. */
export function changeOf(
  id: string,
  before: Pick<RecordRow, 'cells'> | null,
  after: Pick<RecordRow, 'cells'> | undefined,
): Change | undefined {
  if (before === null && after === undefined) return undefined;
  const [was, is] = [before?.cells ?? {}, after?.cells ?? {}];
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = fields.filter((field) => !isDeepStrictEqual(was[field], is[field]));
  if (before !== null && after !== undefined && changed.length === 0) return undefined;
  const type = before === null ? 'created' : after === undefined ? 'deleted' : 'updated';
  return { type, record_id: id, changed_field_ids: changed };
}

async function changesIn(tx: Transaction, table: StoredTable, records: RecordsBefore): Promise<Change[]> {
  const rows = await loadRows(tx.query, table.id, [...records.keys()]);
  const after = new Map(rows.map((row) => [row.id, row]));
  return [...records].flatMap(([id, before]) => changeOf(id, before, after.get(id)) ?? []);
}

function eventsOf(
  { base, table, changes }: { base: StoredBase; table: StoredTable; changes: readonly Change[] },
  { caller, now }: Pick<ChangedIn, 'caller' | 'now'>,
): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let start = 0; start < changes.length; start += maxRecordChanges) {
    const some = changes.slice(start, start + maxRecordChanges);
    const named = new Set(some.flatMap(({ changed_field_ids }) => changed_field_ids));
    // A field can be gone while old records still have values for it.
    const fields = table.fields.filter(({ id }) => named.has(id)).map(({ id, name }) => ({ id, name }));
    const known = new Set(fields.map(({ id }) => id));
    events.push({
      workspace_id: base.workspaceId,
      base_id: base.id,
      table_id: table.id,
      table_name: table.name,
      at: new Date(now).toISOString(),
      actor: { service: caller.service, session_id: caller.sessionId },
      fields,
      changes: some.map((change) => ({
        ...change,
        changed_field_ids: change.changed_field_ids.filter((id) => known.has(id)),
      })),
    });
  }
  return events;
}

/**
 * Stores what a transaction changed in watched tables, within the transaction: there is an event if and only if the
 * change is committed. It sends no query for a base that is not watched.
 * @returns whether there is an event to deliver
 */
export async function saveRecordEvents(changes: ChangeSet, changedIn: ChangedIn): Promise<boolean> {
  const { watchedTables } = changes;
  if (watchedTables === undefined || changes.records.size === 0) return false;
  const { base, ids } = watchedTables;
  const { tx, caller } = changedIn;
  const events: StoredEvent[] = [];
  for (const [tableId, records] of changes.records) {
    const table = ids.has(tableId) ? tableById(base, tableId) : undefined;
    if (table === undefined) continue;
    events.push(...eventsOf({ base, table, changes: await changesIn(tx, table, records) }, changedIn));
  }
  if (events.length === 0) return false;
  await tx.query(
    {
      name: 'airtable_save_record_events',
      text: `
        insert into airtable.record_events (id, tenant_id, base_id, actor_id, event)
        select e.id, $1, $2, $3, e.event from unnest($4::uuid[], $5::jsonb[]) as e (id, event)`,
    },
    [caller.tenantId, base.id, caller.userId, events.map(() => randomUUID()), events.map(storableJson)],
  );
  return true;
}
