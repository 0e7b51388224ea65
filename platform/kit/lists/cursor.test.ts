import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { ListDefinition } from './list-definition.ts';

const list: Pick<ListDefinition, 'name' | 'sortedBy'> = {
  name: 'list_things',
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'name', type: 'text' },
    { column: 'id', type: 'uuid' },
    { column: 'number', type: 'bigint' },
  ],
};
const keys = ['2026-01-02 03:04:05.123456+00', 'Ada "&" Zoë', '6f2c1d0e-0000-4000-8000-000000000000', '42'];
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('names a place exactly, with microseconds', () => {
    const position = { counted: 1_000, keys };
    expect(decodeCursor(list, encodeCursor(list, position))).toEqual(position);
  });

  it('keeps any name that PostgreSQL can store', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const position = {
          counted: 0,
          keys: [keys[0] as string, name, keys[2] as string, keys[3] as string],
        };
        fc.pre(!name.includes('\u0000'));
        expect(decodeCursor(list, encodeCursor(list, position))).toEqual(position);
      }),
    );
  });

  it.each([
    ['another list', ['list_others', '1', ...keys]],
    ['too few keys', ['list_things', '1', ...keys.slice(1)]],
    ['no time', ['list_things', '1', 'yesterday', ...keys.slice(1)]],
    ['a day that does not exist', ['list_things', '1', '2026-13-01 00:00:00+00', ...keys.slice(1)]],
    ['no id', ['list_things', '1', keys[0], keys[1], 'x', keys[3]]],
    ['no number', ['list_things', '1', ...keys.slice(0, 3), '1; select 1']],
    ['a text that cannot be stored', ['list_things', '1', keys[0], 'a\u0000b', keys[2], keys[3]]],
    ['no count', ['list_things', 'many', ...keys]],
    ['other values than texts', ['list_things', 1, ...keys]],
    ['no list', { list: 'list_things' }],
  ])('is rejected with %s', (_case, value) => {
    expect(() => decodeCursor(list, encoded(value))).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });

  it('is rejected if it is not JSON', () => {
    expect(() => decodeCursor(list, 'abc')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});
