import { describe, expect, it } from 'vitest';
import { parsePart, partOf } from './part.ts';

describe('a part of the proofs', () => {
  it('is a number, or that of the day, which is another one the next day', () => {
    expect(parsePart('3/7', new Date(0))).toEqual({ index: 3, of: 7 });
    const days = Array.from(
      { length: 8 },
      (_none, day) => parsePart('date/7', new Date(day * 86_400_000)).index,
    );
    expect(days).toEqual([1, 2, 3, 4, 5, 6, 7, 1]);
  });

  it.each(['0/7', '8/7', '1', 'a/7', '1/0', 'date/0'])('is not %s', (text) => {
    expect(() => parsePart(text, new Date(0))).toThrow('is no part');
  });

  it('is everything, once, together with the other parts', () => {
    const all = ['a', 'b', 'c', 'd', 'e'];
    const parts = [1, 2].flatMap((index) => partOf(all, { index, of: 2 }));
    expect(parts.toSorted()).toEqual(all);
    expect(partOf(all, undefined)).toEqual(all);
  });
});
