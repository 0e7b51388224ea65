import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredField } from '../../fields/field-kind.ts';
import { createTimeSlices } from '../time-slices.ts';
import { RecordOrder } from './record-order.ts';
import { comparePlaces, type Place, type SortKey } from './sort-keys.ts';

const field: StoredField = { id: 'fld', name: 'F', type: 'singleLineText', description: null, options: {} };
const slices = () => createTimeSlices(new AbortController().signal);

/** The order of all records behind a place, computed in parts that fit into the memory. */
async function orderInParts(places: readonly Place[], sort: readonly SortKey[], maxBytes: number) {
  const numbers: number[] = [];
  let parts = 0;
  for (let after: Place | undefined; ; parts += 1) {
    const order = new RecordOrder(sort, { after, maxBytes });
    for (const place of places) {
      order.add(place);
      if (order.isFull) await order.makeRoom(slices());
    }
    const { numbers: found, start, isCut } = await order.sorted(slices());
    numbers.push(...found.subarray(start));
    if (!isCut) return { numbers, parts: parts + 1 };
    after = places.find(({ number }) => number === numbers.at(-1));
  }
}

describe('the order of records', () => {
  it('is the same in parts as at once, however little memory it has', async () => {
    const keys = fc.tuple(fc.constantFrom(null, 'a', 'b', 'a10', 'a9'), fc.constantFrom(null, 1, 2, -3));
    const directions = fc.tuple(fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.array(keys, { maxLength: 60 }),
        directions,
        fc.integer({ min: 1, max: 4_000 }),
        async (all, descending, maxBytes) => {
          const places = all.map((one, index): Place => ({ number: index + 1, keys: one }));
          const sort = descending.map((isDescending): SortKey => ({ field, descending: isDescending }));
          const expected = places.toSorted((a, b) => comparePlaces(a, b, sort)).map(({ number }) => number);
          expect((await orderInParts(places, sort, maxBytes)).numbers).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('needs no parts for half a million short names, and stays within its memory with long ones', async () => {
    const sort: SortKey[] = [{ field, descending: false }];
    const short = new RecordOrder(sort, { after: undefined });
    for (let number = 1; number <= 500_000; number += 1) short.add({ number, keys: [`Person ${number}`] });
    expect(short.isFull).toBe(false);

    const limit = 64 * 1024 * 1024;
    const long = new RecordOrder(sort, { after: undefined });
    let most = 0;
    for (let number = 1; number <= 200_000; number += 1) {
      long.add({ number, keys: [`${number} ${'ж'.repeat(248)}`] });
      most = Math.max(most, long.bytes);
      if (long.isFull) await long.makeRoom(slices());
    }
    expect(most).toBeLessThan(limit + 1_000);
  });

  it.each([
    ['numbers', (number: number) => number + 0.5],
    ['short texts', (number: number) => `${number}`],
    ['long texts', (number: number) => `${number} ${'ж'.repeat(200)}`],
  ])('counts at least the memory that %s take', async (_what, keyOf) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    const order = new RecordOrder([{ field, descending: false }], { after: undefined });
    for (let number = 1; number <= 100_000; number += 1) order.add({ number, keys: [keyOf(number)] });
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(order.bytes + 1_000_000);
  });
});
