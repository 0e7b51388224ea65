import type { Transaction } from '../../../../kit/postgres/database.ts';
import { type IndexedRecord, readAmong, readEqual, readInOrder } from '../keys/read-keys.ts';
import type { Key, KeyTable } from '../keys/record-key.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { RowFilter } from './filter-rows.ts';
import { type RecordRow, rowsInOrder, selectRows } from './record-row.ts';

/** Number of rows read at once: the first batch may fill the page, later ones rarely do. */
const firstBatch = 200;
const minBatch = 20;
const maxBatch = 1_600;
/** Maximum size of a batch in memory, characters of JSON, as far as the rows before tell. */
const maxBatchLength = 8_000_000;
/** Number of rows whose size stands for that of all. */
const sampleSize = 16;

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
    for (let number = after, size = this.#firstSize(wanted); ; ) {
      this.#source.signal.throwIfAborted();
      const { rows, last, isEnd } = await this.#next(number, size);
      if (last === undefined) return;
      size = nextSize(size, rows);
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
    const { query, signal } = this.#source;
    let { after } = options;
    for (let size = this.#firstSize(options.wanted); ; ) {
      signal.throwIfAborted();
      const entries = await readInOrder(query, index, { ...options, after, limit: size });
      const last = entries.at(-1);
      if (last === undefined) return;
      const numbers = entries.map(({ number }) => number);
      const kept = await this.numbered(numbers);
      yield {
        kept,
        last,
        keys: new Map(entries.map(({ number, key }) => [number, key])),
      };
      if (entries.length < size) return;
      size = nextSize(size, kept);
      after = last;
    }
  }

  /** Those of the rows with these numbers that match, in their order. */
  async numbered(numbers: readonly number[]): Promise<RecordRow[]> {
    const { query, table, filter, equal } = this.#source;
    const possible =
      equal === undefined ? numbers : await readAmong(query, equal.index, { wanted: equal.wanted, numbers });
    return this.#keep(await rowsInOrder(query, table.id, possible, filter?.condition));
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

/** The size of the next batch: twice as many rows, but fewer when they are large. */
export function nextSize(size: number, rows: readonly Pick<RecordRow, 'cells'>[]): number {
  const step = Math.max(1, Math.floor(rows.length / sampleSize));
  const sample = rows.filter((_row, index) => index % step === 0);
  const length = sample.reduce((sum, { cells }) => sum + JSON.stringify(cells).length, 0);
  const fitting = sample.length === 0 ? maxBatch : Math.floor((maxBatchLength * sample.length) / length);
  return Math.max(minBatch, Math.min(size * 2, maxBatch, fitting));
}
