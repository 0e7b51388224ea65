import type { Transaction } from '../../../../kit/postgres/database.ts';
import { staleOffset } from '../../airtable-problem.ts';
import { loadTableState } from '../keys/table-state.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { OrderCache, OrderVersions } from '../sorting/order-cache.ts';
import { type OrderedRecords, RecordOrder } from '../sorting/record-order.ts';
import { keysFor, type SortKey } from '../sorting/sort-keys.ts';
import { mayHaveMoved, type SortDependencies } from '../sorting/sort-stability.ts';
import { createTimeSlices } from '../time-slices.ts';
import type { Position } from './cursor.ts';
import type { Page } from './page.ts';
import { rowsInOrder } from './record-row.ts';
import type { RowReader } from './row-reader.ts';
import type { ValueLoader } from './value-sources.ts';

export interface ComputedOrderOptions {
  query: Transaction['query'];
  table: StoredTable;
  reader: RowReader;
  loader: ValueLoader;
  sort: readonly SortKey[];
  dependencies: SortDependencies;
  orders: OrderCache;
  /** The tables before anything was read. */
  versions: OrderVersions;
  /** The name of the list, the same on all pages. */
  name: string;
  /** Whether no record of the table has changed since the list began. */
  isUnchanged: boolean;
  /** Maximum size of the sort keys in memory, bytes. */
  maxOrderBytes?: number | undefined;
  signal: AbortSignal;
}

/**
 * The order of a list that no index has: all matching records are read, and their order is kept for the next pages,
 * until the tables change. An order that is too large for the memory is computed in parts, each by reading all records.
 */
export class ComputedOrder {
  readonly #options: ComputedOrderOptions;

  constructor(options: ComputedOrderOptions) {
    this.#options = options;
  }

  /** @throws AirtableProblem when a record may have moved since the first page: it could be missed or given twice */
  async page(after: Position | undefined, wanted: number): Promise<Page> {
    const { query, table, orders, name, versions } = this.#options;
    const known = after && orders.find(name, versions);
    const start = known && startBehind(known, after, wanted);
    const order = known && start !== undefined ? { ...known, start } : await this.#compute(after);
    const end = order.start + wanted;
    const chosen = [...order.numbers.subarray(order.start, end)];
    const rows = await rowsInOrder(query, table.id, chosen);
    const last = rows.at(-1);
    if (last === undefined || (end >= order.numbers.length && !order.isCut)) return { rows, next: undefined };
    const values = await this.#options.loader.load([last], this.#fields());
    return { rows, next: { number: last.number, keys: keysFor(this.#options.sort)(last, values) } };
  }

  #fields() {
    return this.#options.sort.map(({ field }) => field);
  }

  async #compute(after: Position | undefined): Promise<OrderedRecords & { start: number }> {
    const { query, table, reader, loader, sort, dependencies, orders, name, versions, isUnchanged, signal } =
      this.#options;
    const order = new RecordOrder(sort, { after, maxBytes: this.#options.maxOrderBytes });
    const slices = createTimeSlices(signal);
    const keysOf = keysFor(sort);
    for await (const { kept } of reader.inOrderOfCreation(0, Number.POSITIVE_INFINITY)) {
      const values = await loader.load(kept, this.#fields());
      for (const row of kept) {
        if (after !== undefined && !isUnchanged && mayHaveMoved(row, dependencies, after.started))
          throw staleOffset();
        order.add({ number: row.number, keys: keysOf(row, values) });
        if (slices.isOver()) await slices.pause();
      }
      if (order.isFull) await order.makeRoom(slices);
    }
    const { start, ...sorted } = await order.sorted(slices);
    // An order that was read while the table changed may fit no version of it.
    const { version } = await loadTableState(query, table.id);
    if (version === versions.version) orders.keep(name, { ...sorted, ...versions });
    return { ...sorted, start };
  }
}

/** The index behind the record that is the last of the page before; undefined when the order does not contain the page. */
function startBehind(
  { numbers, behind, isCut }: OrderedRecords,
  { number, given }: Position,
  wanted: number,
): number | undefined {
  const start = numbers[given - 1] === number ? given : numbers.indexOf(number) + 1;
  if (start === 0 && behind !== number) return undefined;
  return isCut && start + wanted > numbers.length ? undefined : start;
}
