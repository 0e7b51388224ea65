import { expect, it } from 'vitest';
import { patchSource } from './patch-source.ts';

const change = {
  kind: 'source',
  file: 'platform/a.ts',
  find: 'limit = 5',
  replace: 'limit = $& 1e9',
} as const;

it('replaces the text as it is written', () => {
  expect(patchSource('const limit = 5;', change)).toBe('const limit = $& 1e9;');
});

it.each([
  ['const limit = 6;', '0 times'],
  ['limit = 5, limit = 5', '2 times'],
])('rejects a text that does not occur once: %s', (text, times) => {
  expect(() => patchSource(text, change)).toThrow(
    `platform/a.ts has this text ${times} instead of once: limit = 5`,
  );
});
