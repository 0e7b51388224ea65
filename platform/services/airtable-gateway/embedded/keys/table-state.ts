import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';

/** An index of the keys of one field. */
export interface KeyIndex {
  id: number;
  tableId: string;
  fieldId: string;
  /** Whether the keys of all records are stored. Until then it answers nothing. */
  isComplete: boolean;
}

/** What readers know of a table besides its schema. */
export interface TableState {
  /** Number of changes of its records. */
  version: number;
  /** Number of the record that was created last. */
  lastNumber: number;
  indexes: readonly KeyIndex[];
}

/** The columns of a `KeyIndex` from `airtable.key_indexes i`, as JSON. */
export const keyIndexJson = `jsonb_build_object('id', i.id, 'tableId', i.table_id, 'fieldId', i.field_id,
  'isComplete', i.built_to is null)`;

const statement: NamedStatement = {
  name: 'airtable_table_state',
  text: `
    select t.version, t.last_number as "lastNumber",
      coalesce((select jsonb_agg(${keyIndexJson}) from airtable.key_indexes i
        where i.table_id = t.id and not i.dropped), '[]') as indexes
    from airtable.tables t where t.id = $1`,
};

/** The state of a table; of one that was deleted meanwhile, that of an empty one. */
export async function loadTableState(query: Transaction['query'], tableId: string): Promise<TableState> {
  const { rows } = await query<TableState>(statement, [tableId]);
  return rows[0] ?? { version: 0, lastNumber: 0, indexes: [] };
}

/** The versions of tables by id. */
export async function loadVersions(
  query: Transaction['query'],
  tableIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (tableIds.length === 0) return new Map();
  const { rows } = await query<{ id: string; version: number }>(
    'select id, version from airtable.tables where id = any($1)',
    [tableIds],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** The index of a field that can answer questions; undefined when there is none yet. */
export function completeIndex({ indexes }: TableState, fieldId: string): KeyIndex | undefined {
  return indexes.find((index) => index.fieldId === fieldId && index.isComplete);
}
