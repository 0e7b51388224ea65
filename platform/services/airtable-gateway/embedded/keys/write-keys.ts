import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { fieldById, type StoredTable } from '../schema/stored-base.ts';
import { cellKeys, cutKey, type Key, type KeyTable, keyTableOf, keyTypes } from './record-key.ts';
import type { KeyIndex } from './table-state.ts';

/** A record with its place in the table. */
export interface NumberedRow {
  number: number;
  cells: Readonly<Record<string, unknown>>;
}

/** A changed record. */
export interface ChangedRow extends NumberedRow {
  before: Pick<NumberedRow, 'cells'>;
}

export interface KeyContext {
  tx: Transaction;
  tenantId: string;
  /** Those of the base, complete or not. */
  indexes: readonly KeyIndex[];
}

/** An index with what computes its keys. */
interface Keys {
  index: KeyIndex;
  table: KeyTable;
  keyOf(cells: Readonly<Record<string, unknown>>): Key;
}

/** Returns the stored key of a field's cells. */
export function storedKeys(field: StoredField): (cell: unknown) => Key {
  const keyOf = cellKeys(field);
  return (cell) => cutKey(keyOf(cell));
}

function keysOf({ indexes }: Pick<KeyContext, 'indexes'>, table: StoredTable): Keys[] {
  return indexes.flatMap((index): Keys[] => {
    const field = index.tableId === table.id ? fieldById(table, index.fieldId) : undefined;
    const keys = field && keyTableOf(field);
    if (field === undefined || keys === undefined) return [];
    const keyOf = storedKeys(field);
    return [{ index, table: keys, keyOf: (cells) => keyOf(cells[field.id]) }];
  });
}

/**
 * Stores keys, or replaces those that are stored.
 * @param version of the table, after the change
 */
export async function storeKeys(
  { tx, tenantId }: Pick<KeyContext, 'tx' | 'tenantId'>,
  keys: { indexId: number; table: KeyTable },
  rows: readonly { number: number; key: Key; version: number }[],
  onConflict = 'do update set key = excluded.key, version = excluded.version',
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into airtable.${keys.table} (tenant_id, index_id, number, key, version)
     select $1, $2, n.number, n.key, n.version
     from unnest($3::bigint[], $4::${keyTypes[keys.table]}[], $5::bigint[]) as n (number, key, version)
     on conflict (index_id, number) ${onConflict}`,
    [
      tenantId,
      keys.indexId,
      rows.map(({ number }) => number),
      rows.map(({ key }) => key),
      rows.map(({ version }) => version),
    ],
  );
}

/** Stores the keys of new records. The base must be locked for writing, like for the other changes. */
export async function addKeys(
  context: KeyContext,
  table: StoredTable,
  { rows, version }: { rows: readonly NumberedRow[]; version: number },
): Promise<void> {
  for (const { index, table: keys, keyOf } of keysOf(context, table))
    await storeKeys(
      context,
      { indexId: index.id, table: keys },
      rows.map(({ number, cells }) => ({ number, key: keyOf(cells), version })),
    );
}

/** Stores the keys of records in fields whose key has changed. */
export async function changeKeys(
  context: KeyContext,
  table: StoredTable,
  { rows, version }: { rows: readonly ChangedRow[]; version: number },
): Promise<void> {
  for (const { index, table: keys, keyOf } of keysOf(context, table)) {
    const changed = rows
      .map(({ number, cells, before }) => ({ number, key: keyOf(cells), old: keyOf(before.cells) }))
      .filter(({ key, old }) => key !== old)
      .map(({ number, key }) => ({ number, key, version }));
    await storeKeys(context, { indexId: index.id, table: keys }, changed);
  }
}

/** Deletes the keys of deleted records. */
export async function removeKeys(
  context: KeyContext,
  table: StoredTable,
  numbers: readonly number[],
): Promise<void> {
  for (const { index, table: keys } of keysOf(context, table))
    await context.tx.query(`delete from airtable.${keys} where index_id = $1 and number = any($2)`, [
      index.id,
      numbers,
    ]);
}

/** Drops the indexes of a field whose keys a change of its options has made wrong. They are built again on demand. */
export async function dropKeys(tx: Transaction, fieldId: string): Promise<void> {
  await tx.query('update airtable.key_indexes set dropped = true where field_id = $1', [fieldId]);
}
