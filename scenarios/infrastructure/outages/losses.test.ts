import { expect, it } from 'vitest';
import { lossesSince } from './losses.ts';

const before = { items: [{ id: 1 }, { id: 2 }], total: 2, owner: { name: 'Ada' }, next: null };

it.each([
  ['an empty list', { ...before, items: [] }, ['items is []']],
  ['a shorter list', { ...before, items: [{ id: 1 }] }, ['items has 1 of 2 entries']],
  ['a count of zero', { ...before, total: 0 }, ['total is 0']],
  ['a missing value', { ...before, owner: {} }, ['owner is {}']],
  ['no body at all', undefined, ['the body is missing']],
  ['another kind of body', 'error', ['items is missing', 'total is missing', 'owner is missing']],
])('finds %s', (_name, now, losses) => {
  expect(lossesSince(before, now)).toEqual(losses);
});

it('finds nothing in changed and added values, and in what was empty before', () => {
  const now = { items: [{ id: 3 }, { id: 4 }, { id: 5 }], total: 3, owner: { name: 'Eve' }, more: 1 };
  expect(lossesSince(before, now)).toEqual([]);
  expect(lossesSince({ items: [], total: 0 }, { items: [], total: 0 })).toEqual([]);
});
