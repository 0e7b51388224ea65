import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { ChangeSet } from '../webhooks/change-set.ts';
import type { RecordRow } from './record-row.ts';

export type RowContent = Pick<RecordRow, 'id' | 'cells' | 'touched'>;

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
        insert into airtable.records (id, tenant_id, table_id, number, cells, touched, created_by)
        select n.id, $1, $2, counted.first + n.position, n.cells, n.touched, $6
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
  { tx, changes }: Pick<StoreContext, 'tx' | 'changes'>,
  tableId: string,
  rows: readonly RowChange[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    {
      name: 'airtable_update_records',
      text: `
        update airtable.records r
        set cells = n.cells, touched = n.touched, modified_time = now()
        from unnest($2::text[], $3::jsonb[], $4::jsonb[]) as n (id, cells, touched)
        where r.table_id = $1 and r.id = n.id`,
    },
    [
      tableId,
      rows.map(({ id }) => id),
      rows.map(({ cells }) => storableJson(cells)),
      rows.map(({ touched }) => JSON.stringify(touched)),
    ],
  );
  changes.recordsChanged(
    tableId,
    rows.map(({ before }) => before),
  );
}
