import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { ChangeSet } from '../webhooks/change-set.ts';
import type { RecordRow } from './record-row.ts';

export type RowContent = Pick<RecordRow, 'id' | 'cells' | 'touched' | 'touched_by'>;

/** New content of a record, and the record before the change. */
export interface RowChange extends RowContent {
  before: RecordRow;
}

export interface StoreContext {
  tx: Transaction;
  changes: ChangeSet;
  tenantId: string;
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
  { tx, changes, tenantId, userId }: StoreContext,
  tableId: string,
  rows: readonly RowContent[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    {
      name: 'airtable_insert_records',
      text: `
        with counted as (
          update airtable.tables set last_number = last_number + $7 where id = $2
          returning last_number - $7 as first
        )
        insert into airtable.records (id, tenant_id, table_id, number, cells, touched, created_by, modified_by)
        select n.id, $1, $2, counted.first + n.position, n.cells, n.touched, $6, $6
        from counted, unnest($3::text[], $4::jsonb[], $5::jsonb[]) with ordinality
          as n (id, cells, touched, position)`,
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
  changes.recordsCreated(
    tableId,
    rows.map(({ id }) => id),
  );
}

/** Replaces the content of records. */
export async function updateRows(
  { tx, changes, userId }: Pick<StoreContext, 'tx' | 'changes' | 'userId'>,
  tableId: string,
  rows: readonly RowChange[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    {
      name: 'airtable_update_records',
      text: `
        update airtable.records r
        set cells = n.cells, touched = n.touched, touched_by = n.touched_by, modified_time = now(), modified_by = $6
        from unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::jsonb[]) as n (id, cells, touched, touched_by)
        where r.table_id = $1 and r.id = n.id`,
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
  changes.recordsChanged(
    tableId,
    rows.map(({ before }) => before),
  );
}
