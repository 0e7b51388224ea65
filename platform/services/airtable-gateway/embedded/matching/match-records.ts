import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { keyTableOf, keyTypes } from '../keys/record-key.ts';
import { completeIndex, loadTableState, type TableState } from '../keys/table-state.ts';
import { storedKeys } from '../keys/write-keys.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { EarlierMatches } from './earlier-matches.ts';
import { type Lookup, search, type Wanted } from './search-records.ts';

export interface MatchContext {
  tx: Transaction;
  /** Asks for the index of a field of a large table, or says that it is in use. */
  wantIndex(table: StoredTable, field: StoredField, isComplete: boolean): void;
  /** From this number of records on, records are looked for by an index. */
  indexFrom: number;
  /** What was found in large tables without an index, before the base was locked. */
  earlier: EarlierMatches;
}

/**
 * Finds the records with these values, for each wanted item the first `limit` ones in the order of creation. Large
 * tables are searched by the keys of a field. Without them, the keys are asked for, and what was found before the base
 * was locked is brought up to date.
 * @returns their ids, in the order of `wanted`
 * @throws ScanNeeded when a whole large table must be read first
 */
export async function matchRecords(
  context: MatchContext,
  table: StoredTable,
  { wanted, limit }: { wanted: readonly Wanted[]; limit: number },
): Promise<string[][]> {
  const { tx, earlier } = context;
  const found = wanted.map((): string[] => []);
  const items = [...wanted.entries()].filter(([, { hasNewChoice }]) => !hasNewChoice);
  if (items.length === 0) return found;
  const state = await loadTableState(tx.query, table.id);
  const isLarge = state.lastNumber >= context.indexFrom;
  const unsearchable: typeof items = [];
  for (const [field, ofField] of Map.groupBy(items, ([, item]) => searchedField(item))) {
    const searched = ofField.map(([, item]) => item);
    const lookup = isLarge ? lookupBy(context, { table, state, field }, searched) : undefined;
    if (isLarge && lookup === undefined) unsearchable.push(...ofField);
    else fill(found, ofField, await search(tx.query, table.id, { items: searched, lookup, limit }));
  }
  const confirmed = await earlier.confirm(tx.query, table, {
    items: unsearchable.map(([, item]) => item),
    version: state.version,
    limit,
  });
  fill(found, unsearchable, confirmed);
  return found;
}

function fill(found: string[][], items: readonly [number, Wanted][], ids: readonly string[][]): void {
  for (const [place, [index]] of items.entries()) found[index] = ids[place] ?? [];
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

/** Undefined while the keys of the field are not stored. */
function lookupBy(
  { wantIndex }: Pick<MatchContext, 'wantIndex'>,
  { table, state, field }: { table: StoredTable; state: TableState; field: StoredField | undefined },
  items: readonly Wanted[],
): Lookup | undefined {
  const keys = field && keyTableOf(field);
  if (field === undefined || keys === undefined) return undefined;
  const index = completeIndex(state, field.id);
  wantIndex(table, field, index !== undefined);
  if (index === undefined) return undefined;
  return {
    condition: `r.number = any(array(
      select k.number from airtable.${keys} k where k.index_id = ${index.id} and k.key = w.key::${keyTypes[keys]}))`,
    keys: items.map(({ cells }) => String(keyOf(field, cells.get(field)))),
  };
}
