import { expect, it } from 'vitest';
import { requestHash } from './request-hash.ts';

it('ignores the order of fields at every depth', () => {
  expect(requestHash({ a: 1, b: [{ c: 2, d: 3 }] })).toEqual(requestHash({ b: [{ d: 3, c: 2 }], a: 1 }));
});

it.each([
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: 1 }, { a: '1' }],
  [{ a: 1 }, [['a', 1]]],
  [{ a: null }, {}],
])('tells %j from %j', (left, right) => {
  expect(requestHash(left)).not.toEqual(requestHash(right));
});
