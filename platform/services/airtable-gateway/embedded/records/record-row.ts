import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { type Condition, Parameters } from '../conditions/condition.ts';

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
/** A page of a table in the order of creation. */
export const pageInOrder: NamedStatement = {
  name: 'airtable_records_after',
  text: `select ${columns} from airtable.records where table_id = $1 and number > $2 order by number limit $3`,
  readsInOrder: true,
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

/** Which rows of a table are wanted. */
export interface RowSelection {
  /** Only rows behind the one with this number. */
  after: number;
  /** Only these numbers. */
  numbers?: readonly number[];
  condition?: Condition | undefined;
  /** Maximum number of rows. */
  limit: number;
}

/** Rows of a table in the order of creation. */
export async function selectRows(
  query: Query,
  tableId: string,
  { after, numbers, condition, limit }: RowSelection,
): Promise<RecordRow[]> {
  if (numbers === undefined && condition === undefined)
    return (await query<RecordRow>(pageInOrder, [tableId, after, limit])).rows;
  const parameters = new Parameters([tableId, after, limit]);
  const conditions = [
    ...(numbers === undefined ? [] : [`r.number = any(${parameters.add(numbers, 'bigint[]')})`]),
    ...(condition === undefined ? [] : [condition.sql(parameters)]),
  ];
  const text = `select ${columns} from airtable.records r
    where table_id = $1 and number > $2 and ${conditions.join(' and ')} order by number limit $3`;
  return (await query<RecordRow>(text, parameters.values)).rows;
}

/** The rows with these numbers, in their order, without those that the table does not have or the condition rejects. */
export async function rowsInOrder(
  query: Query,
  tableId: string,
  numbers: readonly number[],
  condition?: Condition,
): Promise<RecordRow[]> {
  if (numbers.length === 0) return [];
  const rows = await selectRows(query, tableId, { after: 0, numbers, condition, limit: numbers.length });
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  return numbers.flatMap((number) => byNumber.get(number) ?? []);
}
