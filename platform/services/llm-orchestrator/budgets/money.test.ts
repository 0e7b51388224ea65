import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDollars, parseDollars, toMicros } from './money.ts';

it.each([
  [0, '0.000000'],
  [1, '0.000001'],
  [450, '0.000450'],
  [10_000_000_000, '10000.000000'],
])('formats %d millionths as %s', (micros, text) => {
  expect(formatDollars(micros)).toBe(text);
});

it('parses every formatted amount back to itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (micros) => {
      expect(parseDollars(formatDollars(micros))).toBe(micros);
    }),
  );
});

it.each(['1', '1.5', '-1.000000', '1e3', '', '1.0000000'])('rejects %j as an amount', (text) => {
  expect(() => parseDollars(text)).toThrow(TypeError);
});

it('rounds half up', () => {
  expect([0.0000015, 0.0000014, 10].map(toMicros)).toEqual([2, 1, 10_000_000]);
});
