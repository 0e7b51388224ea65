import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { type Key, type KeyTable, keyTypes } from './record-key.ts';

/** A record in the order of an index. */
export interface IndexedRecord {
  number: number;
  key: Key;
}

/** A record that was read after others. */
export interface OrderedRecord extends IndexedRecord {
  /** Whether it has the same key as the record before it, or as the one that the reading began after. */
  tied: boolean;
}

/** Part of an index that is read in one direction. `:key` and `:number` stand for the record that it follows. */
interface Range {
  name: string;
  where: string;
  order: string;
}

/** The orders are the index's own, also where no key is null: only then it gives them. */
const parts = {
  ascending: { name: 'ascending', where: 'true', order: 'key nulls first, number' },
  descending: { name: 'descending', where: 'key is not null', order: 'key desc nulls last, number' },
  equal: { name: 'equal', where: 'key = :key and number > :number', order: 'number' },
  greater: { name: 'greater', where: 'key > :key', order: 'key nulls first, number' },
  less: { name: 'less', where: 'key < :key', order: 'key desc nulls last, number' },
  values: { name: 'values', where: 'key is not null', order: 'key nulls first, number' },
  blanks: { name: 'blanks', where: 'key is null', order: 'number' },
  blanksAfter: { name: 'blanks_after', where: 'key is null and number > :number', order: 'number' },
} as const satisfies Record<string, Range>;

/**
 * The parts of an index behind a record, in the order of a sorted list: records without a value come first in ascending
 * lists and last in descending ones; equal records are in the order of creation.
 */
export function rangesAfter(after: IndexedRecord | undefined, descending: boolean): readonly Range[] {
  if (after === undefined) return descending ? [parts.descending, parts.blanks] : [parts.ascending];
  if (after.key === null) return descending ? [parts.blanksAfter] : [parts.blanksAfter, parts.values];
  return descending ? [parts.equal, parts.less, parts.blanks] : [parts.equal, parts.greater];
}

/**
 * The next records of a table in the order of an index.
 * @param options.limit maximum number of records
 */
export async function readInOrder(
  query: Transaction['query'],
  index: { id: number; keys: KeyTable },
  options: { after: IndexedRecord | undefined; descending: boolean; limit: number },
): Promise<OrderedRecord[]> {
  const { after, descending, limit } = options;
  const found: OrderedRecord[] = [];
  for (const range of rangesAfter(after, descending)) {
    if (found.length >= limit) break;
    const { statement, values } = statementFor(index, range, after);
    const { rows } = await query<OrderedRecord>(statement, [...values, limit - found.length]);
    const [first] = rows;
    if (first !== undefined) first.tied = range === parts.equal || range === parts.blanksAfter;
    for (const row of rows) found.push(row);
  }
  return found;
}

function statementFor(
  index: { id: number; keys: KeyTable },
  { name, where, order }: Range,
  after: IndexedRecord | undefined,
): { statement: NamedStatement; values: unknown[] } {
  const values: unknown[] = [index.id];
  const condition = where.replaceAll(/:(key|number)/g, (_match, part: keyof IndexedRecord) => {
    values.push(after?.[part]);
    return `$${values.length}`;
  });
  return {
    statement: {
      name: `airtable_${index.keys}_${name}`,
      text: `select number, key, key is not distinct from lag(key) over () as tied
        from (
          select number, key from airtable.${index.keys}
          where index_id = $1 and ${condition} order by ${order} limit $${values.length + 1}) k`,
      // In descending order, records with the same key are sorted by their numbers.
      ...(order.includes('desc') ? {} : { readsInOrder: true as const }),
    },
    values,
  };
}

/** Numbers of records with one of these keys, in the order of creation, after the record with this number. */
export async function readEqual(
  query: Transaction['query'],
  index: { id: number; keys: KeyTable },
  options: { wanted: readonly Key[]; after: number; limit: number },
): Promise<number[]> {
  const { wanted, after, limit } = options;
  if (wanted.length === 1) {
    const key = wanted[0] ?? null;
    const range = key === null ? parts.blanksAfter : parts.equal;
    const { statement, values } = statementFor(index, range, { key, number: after });
    const { rows } = await query<{ number: number }>(statement, [...values, limit]);
    return rows.map(({ number }) => number);
  }
  const { rows } = await query<{ number: number }>(
    {
      name: `airtable_${index.keys}_equal_to_any`,
      text: `select number from airtable.${index.keys}
        where index_id = $1 and key = any($2::${keyTypes[index.keys]}[]) and number > $3 order by number limit $4`,
    },
    [index.id, wanted, after, limit],
  );
  return rows.map(({ number }) => number);
}

/** Those of the records with these numbers that have one of these keys. */
export async function readAmong(
  query: Transaction['query'],
  index: { id: number; keys: KeyTable },
  { wanted, numbers }: { wanted: readonly Key[]; numbers: readonly number[] },
): Promise<number[]> {
  const { rows } = await query<{ number: number }>(
    {
      name: `airtable_${index.keys}_among`,
      text: `select number from airtable.${index.keys}
        where index_id = $1 and number = any($2) and key = any($3::${keyTypes[index.keys]}[])`,
    },
    [index.id, numbers, wanted],
  );
  const found = new Set(rows.map(({ number }) => number));
  return numbers.filter((number) => found.has(number));
}

/**
 * Whether a key of a record that existed already has changed since the table had this version.
 * @param since.lastNumber number of the record that was created last then
 */
export async function haveKeysChanged(
  query: Transaction['query'],
  index: { id: number; keys: KeyTable },
  since: { version: number; lastNumber: number },
): Promise<boolean> {
  const { rows } = await query<{ changed: boolean }>(
    {
      name: `airtable_${index.keys}_changed`,
      text: `select exists (select from airtable.${index.keys}
        where index_id = $1 and version > $2 and number <= $3) as changed`,
    },
    [index.id, since.version, since.lastNumber],
  );
  return rows[0]?.changed === true;
}
