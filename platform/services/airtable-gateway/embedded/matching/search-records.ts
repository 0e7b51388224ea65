import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { StoredField } from '../../fields/field-kind.ts';

/** The values that a record must have. */
export interface Wanted {
  cells: ReadonlyMap<StoredField, unknown>;
  /** Fields that must be empty. */
  empty: readonly string[];
  /** Ids of records that do not count. */
  except: readonly string[];
  /** Whether a value has a choice that is not saved yet. No record matches then. */
  hasNewChoice?: boolean;
}

/** The beginning of a condition on records `r`, and what it needs of each wanted item `w`. */
export interface Lookup {
  condition: string;
  keys: readonly unknown[];
}

/** Wanted items `w`, from the parameters `$2` to `$5`. */
export const wantedItems = `unnest($2::jsonb[], $3::jsonb[], $4::jsonb[], $5::text[])
  with ordinality as w (cells, empty, ignored, key, place)`;

/** Whether a record `r` has the values of an item `w`. */
export const matchCondition = `r.cells @> w.cells
  and not exists (select from jsonb_array_elements_text(w.empty) as e (field_id) where r.cells ? e.field_id)
  and not w.ignored ? r.id
  and (select bool_and(r.cells -> key = value) from jsonb_each(w.cells)) is not false`;

/** The cells of an item as JSON, by field id. */
export function cellsJson({ cells }: Wanted): string {
  return storableJson(Object.fromEntries([...cells].map(([{ id }, stored]) => [id, stored])));
}

/** The values of `wantedItems`. */
export function itemValues(items: readonly Wanted[], keys?: readonly unknown[]): unknown[] {
  return [
    items.map(cellsJson),
    items.map(({ empty }) => JSON.stringify(empty)),
    items.map(({ except }) => JSON.stringify(except)),
    keys ?? items.map(() => null),
  ];
}

/**
 * Finds the first `limit` records of each item in the order of creation.
 * @param options.lookup how to find them; without it, the whole table is read for each item
 * @param options.among ids of the only records that count
 * @returns ids, in the order of `items`
 */
export async function search(
  query: Transaction['query'],
  tableId: string,
  options: {
    items: readonly Wanted[];
    lookup?: Lookup | undefined;
    among?: readonly string[] | undefined;
    limit: number;
  },
): Promise<string[][]> {
  const { items, lookup, among, limit } = options;
  const { rows } = await query<{ place: number; id: string }>(
    `select w.place::integer, m.id
     from ${wantedItems}
     cross join lateral (
       select r.id from airtable.records r
       where r.table_id = $1 and ${lookup?.condition ?? 'true'} ${among === undefined ? '' : 'and r.id = any($7)'}
         and ${matchCondition}
       order by r.number limit $6) m
     order by w.place`,
    [tableId, ...itemValues(items, lookup?.keys), limit, ...(among === undefined ? [] : [among])],
  );
  return byPlace(items, rows);
}

/** Ids of records for each item, from rows with the place of the item, counted from 1. */
export function byPlace(
  items: readonly Wanted[],
  rows: readonly { place: number; id: string }[],
): string[][] {
  const found = items.map((): string[] => []);
  for (const { place, id } of rows) found[place - 1]?.push(id);
  return found;
}
