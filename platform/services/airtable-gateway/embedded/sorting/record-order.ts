import type { Key } from '../keys/record-key.ts';
import type { TimeSlices } from '../time-slices.ts';
import { sortInSlices } from './sort-in-slices.ts';
import { compareKeys, comparePlaces, type Place, type SortKey } from './sort-keys.ts';

/** Maximum size of an order while it is computed, bytes: about a million numbers, or half a million names. */
const defaultMaxBytes = 64 * 1024 * 1024;
/** Upper bounds for what V8 needs, bytes. Arrays that grow are copied to ones half as long again. */
const slotBytes = 8 * 2.5;
const textBytes = 32;
const numberBytes = 24;

/** Records in order. */
export interface OrderedRecords {
  numbers: Float64Array;
  /** Number of the record that the order begins behind; undefined when it begins with the first record. */
  behind: number | undefined;
  /** Whether more records follow than had room. */
  isCut: boolean;
}

export interface RecordOrderOptions {
  /** The order is only read behind this place. */
  after: Place | undefined;
  maxBytes?: number | undefined;
}

/**
 * The order of a table's records, column by column, in bounded memory: when it is full, it keeps the records that come
 * first behind a place.
 */
export class RecordOrder {
  readonly #sort: readonly SortKey[];
  readonly #after: Place | undefined;
  readonly #maxBytes: number;
  #numbers: number[] = [];
  #columns: Key[][];
  #bytes = 0;
  #behind: number | undefined;
  /** The last place that has room. */
  #bound: Place | undefined;

  constructor(sort: readonly SortKey[], { after, maxBytes = defaultMaxBytes }: RecordOrderOptions) {
    this.#sort = sort;
    this.#after = after;
    this.#maxBytes = maxBytes;
    this.#columns = sort.map(() => []);
  }

  /** An upper bound for the memory of the records, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `makeRoom` must be called. */
  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  add(place: Place): void {
    if (this.#isBefore(this.#bound, place)) return;
    if (this.#behind !== undefined && !this.#isBefore(this.#after, place)) return;
    this.#push(place);
  }

  /** Drops the records that are not behind the place, and the last ones, until half of the memory is free. */
  async makeRoom(slices: TimeSlices): Promise<void> {
    const order = await this.#order(slices);
    const start = this.#after === undefined ? 0 : this.#firstBehind(order, this.#after);
    const places = { numbers: this.#numbers, columns: this.#columns };
    this.#numbers = [];
    this.#columns = this.#sort.map(() => []);
    this.#bytes = 0;
    if (start > 0) this.#behind = this.#after?.number;
    for (const index of order.subarray(start)) {
      if (this.#bytes > this.#maxBytes / 2) break;
      this.#push(placeAt(places, index));
      if (slices.isOver()) await slices.pause();
    }
    const kept = this.#numbers.length;
    if (kept > 0 && start + kept < order.length)
      this.#bound = placeAt(places, order[start + kept - 1] as number);
  }

  /** Sorts the records. @returns their order, and the index of the first that comes behind the place */
  async sorted(slices: TimeSlices): Promise<OrderedRecords & { start: number }> {
    const order = await this.#order(slices);
    const numbers = new Float64Array(order.length);
    for (const [place, index] of order.entries()) numbers[place] = this.#numbers[index] as number;
    return {
      numbers,
      behind: this.#behind,
      isCut: this.#bound !== undefined,
      start: this.#after === undefined ? 0 : this.#firstBehind(order, this.#after),
    };
  }

  #push({ number, keys }: Place): void {
    this.#numbers.push(number);
    this.#bytes += slotBytes;
    for (const [index, column] of this.#columns.entries()) {
      const key = keys[index] ?? null;
      column.push(key);
      this.#bytes += slotBytes + (typeof key === 'string' ? textBytes + 2 * key.length : numberBytes);
    }
  }

  /** Whether there is such a limit, and it comes before the place. */
  #isBefore(limit: Place | undefined, place: Place): boolean {
    return limit !== undefined && comparePlaces(limit, place, this.#sort) < 0;
  }

  #order(slices: TimeSlices): Promise<Uint32Array> {
    return sortInSlices(this.#numbers.length, (a, b) => this.#compare(a, b), slices);
  }

  #compare(a: number, b: number): number {
    for (const [index, { descending }] of this.#sort.entries()) {
      const column = this.#columns[index] as Key[];
      const order = compareKeys(column[a] as Key, column[b] as Key);
      if (order !== 0) return descending ? -order : order;
    }
    return (this.#numbers[a] as number) - (this.#numbers[b] as number);
  }

  #firstBehind(order: Uint32Array, place: Place): number {
    const places = { numbers: this.#numbers, columns: this.#columns };
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = placeAt(places, order[middle] as number);
      if (comparePlaces(other, place, this.#sort) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function placeAt(
  { numbers, columns }: { numbers: readonly number[]; columns: readonly (readonly Key[])[] },
  index: number,
): Place {
  return { number: numbers[index] as number, keys: columns.map((column) => column[index] as Key) };
}
