import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import { addKeys, changeKeys, type KeyContext, removeKeys } from '../keys/write-keys.ts';
import { type StoredBase, type StoredTable, tableById } from '../schema/stored-base.ts';
import type { ChangeSet } from '../webhooks/change-set.ts';
import type { RecordRow } from './record-row.ts';

export type RowContent = Pick<RecordRow, 'id' | 'cells' | 'touched' | 'touched_by'>;

/** New content of a record, and the record before the change. */
export interface RowChange extends RowContent {
  before: RecordRow;
}

export interface StoreContext extends KeyContext {
  tx: Transaction;
  changes: ChangeSet;
  base: StoredBase;
  userId: string;
}

/** Notes a change of these fields. */
export function touch(
  row: Pick<RecordRow, 'touched' | 'touched_by' | 'created_by'>,
  fieldIds: readonly string[],
  by: { userId: string; now: number },
): Pick<RecordRow, 'touched' | 'touched_by'> {
  const touched = { ...row.touched };
  const touchedBy = { ...row.touched_by };
  for (const id of fieldIds) {
    touched[id] = by.now;
    if (by.userId === row.created_by) delete touchedBy[id];
    else touchedBy[id] = by.userId;
  }
  return { touched, touched_by: touchedBy };
}

/** Appends records to a table in the given order. The base must be locked for writing. */
export async function insertRows(
  context: StoreContext,
  tableId: string,
  rows: readonly RowContent[],
): Promise<void> {
  if (rows.length === 0) return;
  const { tx, changes, tenantId, userId } = context;
  const inserted = await tx.query<{ first: number; version: number }>(
    {
      name: 'airtable_insert_records',
      text: `
        with counted as (
          update airtable.tables set last_number = last_number + $7, version = version + 1 where id = $2
          returning last_number - $7 as first, version
        ), inserted as (
          insert into airtable.records (id, tenant_id, table_id, number, version, cells, touched, created_by, modified_by)
          select n.id, $1, $2, counted.first + n.position, counted.version, n.cells, n.touched, $6, $6
          from counted, unnest($3::text[], $4::jsonb[], $5::jsonb[]) with ordinality
            as n (id, cells, touched, position)
        )
        select first, version from counted`,
    },
    [
      tenantId,
      tableId,
      rows.map(({ id }) => id),
      rows.map(({ cells }) => storableJson(cells)),
      rows.map(({ touched }) => JSON.stringify(touched)),
      userId,
      rows.length,
    ],
  );
  const { first, version } = inserted.rows[0] as { first: number; version: number };
  await withTable(context, tableId, (table) =>
    addKeys(context, table, {
      rows: rows.map(({ cells }, index) => ({ number: first + index + 1, cells })),
      version,
    }),
  );
  changes.recordsCreated(
    tableId,
    rows.map(({ id }) => id),
  );
}

/** Replaces the content of records. */
export async function updateRows(
  context: StoreContext,
  tableId: string,
  rows: readonly RowChange[],
): Promise<void> {
  if (rows.length === 0) return;
  const { tx, changes, userId } = context;
  const updated = await tx.query<{ version: number }>(
    {
      name: 'airtable_update_records',
      text: `
        with counted as (
          update airtable.tables set version = version + 1 where id = $1 returning version
        ), updated as (
          update airtable.records r
          set cells = n.cells, touched = n.touched, touched_by = n.touched_by, modified_time = now(),
            modified_by = $6, version = counted.version
          from counted, unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::jsonb[]) as n (id, cells, touched, touched_by)
          where r.table_id = $1 and r.id = n.id
        )
        select version from counted`,
    },
    [
      tableId,
      rows.map(({ id }) => id),
      rows.map(({ cells }) => storableJson(cells)),
      rows.map(({ touched }) => JSON.stringify(touched)),
      rows.map(({ touched_by }) => JSON.stringify(touched_by)),
      userId,
    ],
  );
  const { version } = updated.rows[0] as { version: number };
  await withTable(context, tableId, (table) =>
    changeKeys(context, table, {
      rows: rows.map(({ before, cells }) => ({ number: before.number, cells, before })),
      version,
    }),
  );
  changes.recordsChanged(
    tableId,
    rows.map(({ before }) => before),
  );
}

/** Deletes records. */
export async function deleteRows(
  context: StoreContext,
  tableId: string,
  rows: readonly RecordRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await context.tx.query(
    {
      name: 'airtable_delete_records',
      text: `
        with counted as (update airtable.tables set version = version + 1 where id = $1)
        delete from airtable.records where table_id = $1 and id = any($2)`,
    },
    [tableId, rows.map(({ id }) => id)],
  );
  await withTable(context, tableId, (table) =>
    removeKeys(
      context,
      table,
      rows.map(({ number }) => number),
    ),
  );
  context.changes.recordsChanged(tableId, rows);
}

async function withTable(
  { base, indexes }: StoreContext,
  tableId: string,
  work: (table: StoredTable) => Promise<void>,
): Promise<void> {
  const table = indexes.some((index) => index.tableId === tableId) ? tableById(base, tableId) : undefined;
  if (table !== undefined) await work(table);
}
