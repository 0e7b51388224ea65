import type { Transaction } from '../../../../kit/postgres/database.ts';
import { staleOffset } from '../../airtable-problem.ts';
import { loadTableState } from '../keys/table-state.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { KnownOrder, OrderCache } from '../sorting/order-cache.ts';
import { RecordOrder } from '../sorting/record-order.ts';
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
  versions: Omit<KnownOrder, 'numbers'>;
  /** The name of the list, the same on all pages. */
  name: string;
  /** Whether no record of the table has changed since the list began. */
  isUnchanged: boolean;
  signal: AbortSignal;
}

/**
 * The order of a list that no index has: all matching records are read, and their order is kept for the next pages,
 * until the tables change.
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
    const { numbers, start } = known
      ? { numbers: known, start: startBehind(known, after) }
      : await this.#compute(after);
    const chosen = [...numbers.subarray(start, start + wanted)];
    const rows = await rowsInOrder(query, table.id, chosen);
    const last = rows.at(-1);
    if (last === undefined || start + wanted >= numbers.length) return { rows, next: undefined };
    const values = await this.#options.loader.load([last], this.#fields());
    return { rows, next: { number: last.number, keys: keysFor(this.#options.sort)(last, values) } };
  }

  #fields() {
    return this.#options.sort.map(({ field }) => field);
  }

  async #compute(after: Position | undefined): Promise<{ numbers: Float64Array; start: number }> {
    const { query, table, reader, loader, sort, dependencies, orders, name, versions, isUnchanged, signal } =
      this.#options;
    const order = new RecordOrder(sort);
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
    }
    const sorted = await order.sorted(slices, after);
    // An order that was read while the table changed may fit no version of it.
    const { version } = await loadTableState(query, table.id);
    if (version === versions.version) orders.keep(name, { numbers: sorted.numbers, ...versions });
    return sorted;
  }
}

/** The index behind a record that is on the page before. */
function startBehind(numbers: Float64Array, { number, given }: Position): number {
  return numbers[given - 1] === number ? given : numbers.indexOf(number) + 1;
}
