import { describe, expect, it } from 'vitest';
import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import { describeRecord } from './describe-record.ts';
import type { RecordDelta } from './record-deltas.ts';

const createdTime = '2025-08-07T12:00:00.000Z';

type Cells = Record<string, unknown>;
function delta(before: Cells | undefined, after: Cells | undefined): RecordDelta {
  const toMap = (cells: Cells | undefined) => cells && new Map(Object.entries(cells));
  return { id: 'rec', createdTime, before: toMap(before), after: toMap(after) };
}

type Options = WebhookSpecification['options'];
function wanting(
  filters: Partial<Options['filters']> = {},
  includes?: Options['includes'],
): WebhookSpecification {
  return {
    options: {
      filters: { dataTypes: ['tableData'], ...filters },
      ...(includes === undefined ? {} : { includes }),
    },
  };
}

const cells = (cellValuesByFieldId: Cells) => ({ cellValuesByFieldId });

describe('a record that is new', () => {
  const made = delta(undefined, { a: 1, b: 2 });

  it('is told of with its cells', () => {
    expect(describeRecord(wanting(), made)).toEqual({
      kind: 'created',
      value: { createdTime, ...cells({ a: 1, b: 2 }) },
    });
  });

  it('is told of with watched and included cells', () => {
    const told = describeRecord(wanting({ watchDataInFieldIds: ['a'] }), made);
    expect(told).toMatchObject({ value: cells({ a: 1 }) });
    expect(
      describeRecord(wanting({ watchDataInFieldIds: ['a'] }, { includeCellValuesInFieldIds: ['b'] }), made),
    ).toMatchObject({ value: cells({ a: 1, b: 2 }) });
  });

  it('is passed over when no watched field holds anything, or additions are not wanted', () => {
    expect(describeRecord(wanting({ watchDataInFieldIds: ['c'] }), made)).toBeUndefined();
    expect(describeRecord(wanting({ changeTypes: ['update', 'remove'] }), made)).toBeUndefined();
  });

  it('is told of by lists that are empty', () => {
    expect(describeRecord(wanting({ changeTypes: [], watchDataInFieldIds: [] }), made)).toMatchObject({
      kind: 'created',
    });
  });
});

describe('a record that changed', () => {
  const changed = delta({ a: 1, b: 2, d: [1] }, { a: 9, c: 3, d: [1] });

  it('is told of with what differs, null for what was emptied', () => {
    expect(describeRecord(wanting(), changed)).toEqual({
      kind: 'changed',
      value: { current: cells({ a: 9, b: null, c: 3 }) },
    });
  });

  it('is told of with what was before and what stayed when that is wanted', () => {
    const includes = { includeCellValuesInFieldIds: 'all' as const, includePreviousCellValues: true };
    expect(describeRecord(wanting({}, includes), changed)).toEqual({
      kind: 'changed',
      value: {
        current: cells({ a: 9, b: null, c: 3 }),
        previous: cells({ a: 1, b: 2, c: null }),
        unchanged: cells({ d: [1] }),
      },
    });
  });

  it('is told of with watched fields, and with included ones whether or not they changed', () => {
    const watching = { watchDataInFieldIds: ['a'] };
    expect(describeRecord(wanting(watching), changed)).toMatchObject({
      value: { current: cells({ a: 9 }) },
    });
    expect(
      describeRecord(wanting(watching, { includeCellValuesInFieldIds: ['c', 'd'] }), changed),
    ).toMatchObject({ value: { current: cells({ a: 9, c: 3 }), unchanged: cells({ d: [1] }) } });
  });

  it('is passed over when nothing watched differs, or changes are not wanted', () => {
    expect(describeRecord(wanting({ watchDataInFieldIds: ['d'] }), changed)).toBeUndefined();
    expect(describeRecord(wanting({ changeTypes: ['add'] }), changed)).toBeUndefined();
    expect(describeRecord(wanting(), delta({ a: [{ b: 1 }] }, { a: [{ b: 1 }] }))).toBeUndefined();
  });
});

describe('a record that is gone', () => {
  it('is told of unless no watched field held anything, or removals are not wanted', () => {
    const gone = delta({ a: 1 }, undefined);
    expect(describeRecord(wanting(), gone)).toEqual({ kind: 'destroyed' });
    expect(describeRecord(wanting({ watchDataInFieldIds: ['a'] }), gone)).toEqual({ kind: 'destroyed' });
    expect(describeRecord(wanting({ watchDataInFieldIds: ['b'] }), gone)).toBeUndefined();
    expect(describeRecord(wanting({ changeTypes: ['add', 'update'] }), gone)).toBeUndefined();
  });

  it('is passed over when nobody ever saw it', () => {
    expect(describeRecord(wanting(), delta(undefined, undefined))).toBeUndefined();
  });
});
