import { describe, expect, it } from 'vitest';
import { changeOf } from './save-record-events.ts';

const row = (cells: Record<string, unknown>) => ({ cells });

describe('the change of a record', () => {
  it.each([
    ['a new one', null, row({ a: 1 }), { type: 'created', changed_field_ids: ['a'] }],
    ['a new, empty one', null, row({}), { type: 'created', changed_field_ids: [] }],
    [
      'a changed value',
      row({ a: 1, b: 2 }),
      row({ a: 1, b: 3 }),
      { type: 'updated', changed_field_ids: ['b'] },
    ],
    ['an added value', row({}), row({ a: [1] }), { type: 'updated', changed_field_ids: ['a'] }],
    ['a cleared value', row({ a: 1, b: 2 }), row({ b: 2 }), { type: 'updated', changed_field_ids: ['a'] }],
    ['a deleted one', row({ a: 1 }), undefined, { type: 'deleted', changed_field_ids: ['a'] }],
  ])('is reported for %s', (_what, before, after, change) => {
    expect(changeOf('rec1', before, after)).toEqual({ record_id: 'rec1', ...change });
  });

  it.each([
    ['has the same values', row({ a: [{ id: 'x' }] }), row({ a: [{ id: 'x' }] })],
    ['was created and deleted in one request', null, undefined],
  ])('is not reported when the record %s', (_what, before, after) => {
    expect(changeOf('rec1', before, after)).toBeUndefined();
  });
});
