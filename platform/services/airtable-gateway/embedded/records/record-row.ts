import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { Clause } from './prefilter.ts';

/** A record as stored. */
export interface RecordRow {
  id: string;
  table_id: string;
  number: number;
  /** Values by field id. */
  cells: Record<string, unknown>;
  /** Time of the last change by field id, milliseconds since the epoch. */
  touched: Record<string, number>;
  /** User of the last change by field id. Absent: the user who created the record. Null: not known. */
  touched_by: Record<string, string | null>;
  /** ISO 8601, UTC. */
  created_time: string;
  modified_time: string;
  created_by: string;
  /** User of the last change; null when it is not known. */
  modified_by: string | null;
}

const columns =
  'id, table_id, number, cells, touched, touched_by, created_time, modified_time, created_by, modified_by';

const byIds: NamedStatement = {
  name: 'airtable_records_by_id',
  text: `select ${columns} from airtable.records where table_id = $1 and id = any($2)`,
};
const oneById: NamedStatement = {
  name: 'airtable_record',
  text: `select ${columns} from airtable.records where table_id = $1 and id = $2`,
};
const after: NamedStatement = {
  name: 'airtable_records_after',
  text: `select ${columns} from airtable.records where table_id = $1 and number > $2 order by number limit $3`,
};

type Query = Transaction['query'];

/** Rows in the order of `ids`, without ids that the table does not have. */
export async function loadRows(query: Query, tableId: string, ids: readonly string[]): Promise<RecordRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await query<RecordRow>(byIds, [tableId, ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

export async function loadRow(query: Query, tableId: string, id: string): Promise<RecordRow | undefined> {
  return (await query<RecordRow>(oneById, [tableId, id])).rows[0];
}

/** The next rows of a table, in the order of creation, that satisfy every clause. */
export async function loadRowsAfter(
  query: Query,
  tableId: string,
  position: { number: number; limit: number; clauses: readonly Clause[] },
): Promise<RecordRow[]> {
  const { number, limit, clauses } = position;
  const values: unknown[] = [tableId, number, limit];
  if (clauses.length === 0) return (await query<RecordRow>(after, values)).rows;
  const conditions = clauses.map(({ ids, cells }) => {
    values.push(ids, cells.map(storableJson));
    return `(id = any($${values.length - 1}::text[]) or cells @> any($${values.length}::jsonb[]))`;
  });
  const text = `select ${columns} from airtable.records
    where table_id = $1 and number > $2 and ${conditions.join(' and ')} order by number limit $3`;
  return (await query<RecordRow>(text, values)).rows;
}
