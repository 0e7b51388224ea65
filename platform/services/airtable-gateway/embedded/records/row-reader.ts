import type { Transaction } from '../../../../kit/postgres/database.ts';
import { type IndexedRecord, readEqual, readInOrder } from '../keys/read-keys.ts';
import type { Key, KeyTable } from '../keys/record-key.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { RowFilter } from './filter-rows.ts';
import { type RecordRow, rowsInOrder, selectRows } from './record-row.ts';

/** Number of rows read at once: the first batch may fill the page, later ones rarely do. */
const firstBatch = 200;
const maxBatch = 1_600;

/** An index that can answer questions. */
export interface UsableIndex {
  id: number;
  keys: KeyTable;
}

/** Records with one of these keys of an index. */
export interface EqualKeys {
  index: UsableIndex;
  wanted: readonly Key[];
}

export interface RowSource {
  query: Transaction['query'];
  table: StoredTable;
  filter: RowFilter | undefined;
  /** Only these can match the filter. */
  equal: EqualKeys | undefined;
  signal: AbortSignal;
}

/** Matching rows, and the place of the last row that was looked at. */
export interface Batch<Place> {
  kept: RecordRow[];
  last: Place;
}

/** Rows of a table that match the filter, batch by batch. */
export class RowReader {
  readonly #source: RowSource;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** In the order of creation, after the record with this number. `last` is a number. */
  async *inOrderOfCreation(after: number, wanted: number): AsyncGenerator<Batch<number>> {
    for (let number = after, size = this.#firstSize(wanted); ; size = grown(size)) {
      this.#source.signal.throwIfAborted();
      const { rows, last, isEnd } = await this.#next(number, size);
      if (last === undefined) return;
      yield { kept: await this.#keep(rows), last };
      if (isEnd) return;
      number = last;
    }
  }

  async #next(
    after: number,
    limit: number,
  ): Promise<{ rows: RecordRow[]; last: number | undefined; isEnd: boolean }> {
    const { query, table, filter, equal } = this.#source;
    const condition = filter?.condition;
    if (equal === undefined) {
      const rows = await selectRows(query, table.id, { after, condition, limit });
      return { rows, last: rows.at(-1)?.number, isEnd: rows.length < limit };
    }
    const numbers = await readEqual(query, equal.index, { wanted: equal.wanted, after, limit });
    const rows =
      numbers.length === 0 ? [] : await selectRows(query, table.id, { after, numbers, condition, limit });
    return { rows, last: numbers.at(-1), isEnd: numbers.length < limit };
  }

  /** In the order of an index. `last` has the key of the last record. */
  async *inOrderOf(
    index: UsableIndex,
    options: { after: IndexedRecord | undefined; descending: boolean; wanted: number },
  ): AsyncGenerator<Batch<IndexedRecord> & { keys: ReadonlyMap<number, Key> }> {
    const { query, table, filter, signal } = this.#source;
    let { after } = options;
    for (let size = this.#firstSize(options.wanted); ; size = grown(size)) {
      signal.throwIfAborted();
      const entries = await readInOrder(query, index, { ...options, after, limit: size });
      const last = entries.at(-1);
      if (last === undefined) return;
      const numbers = entries.map(({ number }) => number);
      const ordered = await rowsInOrder(query, table.id, numbers, filter?.condition);
      yield {
        kept: await this.#keep(ordered),
        last,
        keys: new Map(entries.map(({ number, key }) => [number, key])),
      };
      if (entries.length < size) return;
      after = last;
    }
  }

  /** One row more than wanted shows whether there is a next page. */
  #firstSize(wanted: number): number {
    return this.#source.filter === undefined ? Math.min(wanted + 1, maxBatch) : firstBatch;
  }

  async #keep(rows: RecordRow[]): Promise<RecordRow[]> {
    const { filter } = this.#source;
    return filter === undefined ? rows : filter.keep(rows);
  }
}

function grown(size: number): number {
  return Math.max(size, Math.min(size * 2, maxBatch));
}
