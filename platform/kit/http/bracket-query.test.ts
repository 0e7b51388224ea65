import { describe, expect, it } from 'vitest';
import { readBracketQuery } from './bracket-query.ts';

describe('lists in a query string', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['repeated keys', { 'fields[]': ['a', 'b'] }, { fields: ['a', 'b'] }],
    ['a single key', { 'fields[]': 'a' }, { fields: ['a'] }],
    ['indexes, in order', { 'fields[1]': 'b', 'fields[0]': 'a' }, { fields: ['a', 'b'] }],
    ['no brackets', { fields: 'a' }, { fields: ['a'] }],
    [
      'sorts',
      { 'sort[1][field]': 'b', 'sort[0][direction]': 'desc', 'sort[0][field]': 'a' },
      { sort: [{ direction: 'desc', field: 'a' }, { field: 'b' }] },
    ],
    ['other parameters', { pageSize: '5', view: ['x', 'y'] }, { pageSize: '5', view: 'y' }],
    ['unknown brackets', { 'magic[]': 'a' }, { 'magic[]': 'a' }],
  ])('are read from %s', (_what, query, expected) => {
    expect(readBracketQuery(query)).toEqual(expected);
  });
});
