import type { Key } from '../keys/record-key.ts';
import type { TimeSlices } from '../time-slices.ts';
import { sortInSlices } from './sort-in-slices.ts';
import { compareKeys, comparePlaces, type Place, type SortKey } from './sort-keys.ts';

/** The order of a table's records, column by column: half a million records fit into memory. */
export class RecordOrder {
  readonly #sort: readonly SortKey[];
  readonly #numbers: number[] = [];
  readonly #columns: Key[][];

  constructor(sort: readonly SortKey[]) {
    this.#sort = sort;
    this.#columns = sort.map(() => []);
  }

  add({ number, keys }: Place): void {
    this.#numbers.push(number);
    for (const [index, column] of this.#columns.entries()) column.push(keys[index] ?? null);
  }

  /** Sorts the records. @returns their numbers, and the index of the first that comes after a place */
  async sorted(
    slices: TimeSlices,
    after: Place | undefined,
  ): Promise<{ numbers: Float64Array; start: number }> {
    const order = await sortInSlices(this.#numbers.length, (a, b) => this.#compare(a, b), slices);
    const numbers = new Float64Array(order.length);
    for (const [place, index] of order.entries()) numbers[place] = this.#numbers[index] as number;
    return { numbers, start: after === undefined ? 0 : this.#firstBehind(order, after) };
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
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const index = order[middle] as number;
      const other = {
        number: this.#numbers[index] as number,
        keys: this.#columns.map((column) => column[index] as Key),
      };
      if (comparePlaces(other, place, this.#sort) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
