import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { keyTableOf } from '../keys/record-key.ts';
import { completeIndex, loadTableState, type TableState } from '../keys/table-state.ts';
import { storedKeys } from '../keys/write-keys.ts';
import type { StoredTable } from '../schema/stored-base.ts';

export interface MatchContext {
  tx: Transaction;
  /** Asks for the index of a field of a large table, or says that it is in use. */
  wantIndex(table: StoredTable, field: StoredField, isComplete: boolean): void;
  /** From this number of records on, records are looked for by an index. */
  indexFrom: number;
}

/** The values that a record must have. */
export interface Wanted {
  cells: ReadonlyMap<StoredField, unknown>;
  /** Fields that must be empty. */
  empty: readonly string[];
  /** Ids of records that do not count. */
  except: readonly string[];
}

/** The beginning of a condition on records `r`, and what it needs of each wanted item. */
interface Lookup {
  condition: string;
  keys: readonly unknown[];
}

/**
 * Finds the records with these values, for each wanted item the first `limit` ones in the order of creation. Large
 * tables are searched by the keys of a field; without them the whole table is read, and the keys are asked for.
 * @returns their ids, in the order of `wanted`
 */
export async function matchRecords(
  context: MatchContext,
  table: StoredTable,
  { wanted, limit }: { wanted: readonly Wanted[]; limit: number },
): Promise<string[][]> {
  const found = wanted.map((): string[] => []);
  if (wanted.length === 0) return found;
  const state = await loadTableState(context.tx.query, table.id);
  const byField = Map.groupBy(wanted.entries(), ([, item]) => searchedField(item));
  for (const [field, items] of byField) {
    const ids = await search(
      context,
      { table, state, field, limit },
      items.map(([, item]) => item),
    );
    for (const [place, [index]] of items.entries()) found[index] = ids[place] ?? [];
  }
  return found;
}

/** The field by which an item is looked for: the first whose keys can be stored. */
function searchedField({ cells }: Wanted): StoredField | undefined {
  return [...cells].find(
    ([field, stored]) => keyTableOf(field) !== undefined && keyOf(field, stored) !== null,
  )?.[0];
}

function keyOf(field: StoredField, stored: unknown) {
  return storedKeys(field)(stored);
}

interface Search {
  table: StoredTable;
  state: TableState;
  field: StoredField | undefined;
  limit: number;
}

async function search(
  context: MatchContext,
  { table, state, field, limit }: Search,
  items: readonly Wanted[],
): Promise<string[][]> {
  const lookup =
    state.lastNumber < context.indexFrom ? undefined : lookupBy(context, { table, state, field }, items);
  const { rows } = await context.tx.query<{ place: number; id: string }>(
    `select w.place::integer, m.id
     from unnest($2::jsonb[], $3::jsonb[], $4::jsonb[], $5::text[]) with ordinality as w (cells, empty, ignored, key, place)
     cross join lateral (
       select r.id from airtable.records r
       where r.table_id = $1 and ${lookup?.condition ?? 'true'} and r.cells @> w.cells
         and not exists (select from jsonb_array_elements_text(w.empty) as e (field_id) where r.cells ? e.field_id)
         and not w.ignored ? r.id
         and (select bool_and(r.cells -> key = value) from jsonb_each(w.cells)) is not false
       order by r.number limit $6) m
     order by w.place`,
    [
      table.id,
      items.map(({ cells }) =>
        storableJson(Object.fromEntries([...cells].map(([{ id }, stored]) => [id, stored]))),
      ),
      items.map(({ empty }) => JSON.stringify(empty)),
      items.map(({ except }) => JSON.stringify(except)),
      lookup?.keys ?? items.map(() => null),
      limit,
    ],
  );
  const found = items.map((): string[] => []);
  for (const { place, id } of rows) found[place - 1]?.push(id);
  return found;
}

/** Undefined while the keys of the field are not stored. */
function lookupBy(
  { wantIndex }: Pick<MatchContext, 'wantIndex'>,
  { table, state, field }: Omit<Search, 'limit'>,
  items: readonly Wanted[],
): Lookup | undefined {
  const keys = field && keyTableOf(field);
  if (field === undefined || keys === undefined) return undefined;
  const index = completeIndex(state, field.id);
  wantIndex(table, field, index !== undefined);
  if (index === undefined) return undefined;
  const type = keys === 'text_keys' ? 'text' : 'double precision';
  return {
    condition: `r.number = any(array(
      select k.number from airtable.${keys} k where k.index_id = ${index.id} and k.key = w.key::${type}))`,
    keys: items.map(({ cells }) => String(keyOf(field, cells.get(field)))),
  };
}
