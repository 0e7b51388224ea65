import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { readEqual } from '../keys/read-keys.ts';
import { keyTableOf } from '../keys/record-key.ts';
import { completeIndex, type TableState } from '../keys/table-state.ts';
import { fieldById, type StoredTable } from '../schema/stored-base.ts';
import { comparesStoredKeys, type SortKey } from '../sorting/sort-keys.ts';
import type { RowFilter } from './filter-rows.ts';
import type { EqualKeys, UsableIndex } from './row-reader.ts';

/** So few records with wanted keys are always sorted. */
const minSortedEqual = 1_000;
const pageSize = 100;

/** How the records of a list are found. */
export interface ListPlan {
  equal: EqualKeys | undefined;
  /** The index that the order is read from: that of the first field of the sort. */
  order: UsableIndex | undefined;
  /** Whether the list may read the whole table. */
  mayScan: boolean;
}

export interface PlanOptions {
  query: Transaction['query'];
  table: StoredTable;
  state: TableState;
  /** From this number of records on, indexes are used. */
  indexFrom: number;
  sort: readonly SortKey[];
  filter: RowFilter | undefined;
  /** The index of the page before; 0 for none, undefined for the first page. */
  indexId: number | undefined;
  /** Asks for the index of a field, or says that it is in use. */
  want(field: StoredField, isComplete: boolean): void;
}

/** Chooses the indexes of a list, and asks for those that it could use. */
export async function planList(options: PlanOptions): Promise<ListPlan> {
  const { state, sort, filter, indexFrom } = options;
  if (state.lastNumber < indexFrom) return { equal: undefined, order: undefined, mayScan: false };
  const equal = equalKeys(options);
  const order = await orderIndex(options, equal);
  const hasOrder = sort.length === 0 || order !== undefined;
  return { equal, order, mayScan: !((filter === undefined || equal !== undefined) && hasOrder) };
}

/** Every use of an index is a wish for it, so that those in use are known. */
function usable({ state, want }: PlanOptions, field: StoredField): UsableIndex | undefined {
  const keys = keyTableOf(field);
  if (keys === undefined) return undefined;
  const index = completeIndex(state, field.id);
  want(field, index !== undefined);
  return index && { id: index.id, keys };
}

function equalKeys(options: PlanOptions): EqualKeys | undefined {
  for (const { fieldId, keys: wanted } of options.filter?.condition?.equalities ?? []) {
    const field = fieldById(options.table, fieldId);
    const index = field && usable(options, field);
    if (index !== undefined) return { index, wanted };
  }
  return undefined;
}

async function orderIndex(
  options: PlanOptions,
  equal: EqualKeys | undefined,
): Promise<UsableIndex | undefined> {
  const [key] = options.sort;
  if (key === undefined || !comparesStoredKeys(options.sort)) return undefined;
  const index = usable(options, key.field);
  // A list goes on as it began, because the two orders may differ for letters that are new in Unicode.
  if (options.indexId !== undefined) return options.indexId === index?.id ? index : undefined;
  if (index === undefined || equal === undefined) return index;
  const limit = maxSortedEqual(options.state.lastNumber);
  const numbers = await readEqual(options.query, equal.index, {
    wanted: equal.wanted,
    after: 0,
    limit: limit + 1,
  });
  return numbers.length > limit ? index : undefined;
}

/**
 * Maximum number of records with wanted keys for which sorting them costs less than reading a page in the order of the
 * index: of a table of `n` records, `e` of which have the keys, a page is expected to read `n / e` times its size.
 */
function maxSortedEqual(records: number): number {
  return Math.max(minSortedEqual, Math.floor(Math.sqrt(pageSize * records)));
}
