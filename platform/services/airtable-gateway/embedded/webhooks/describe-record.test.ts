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
function specification(
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

describe('a new record', () => {
  const made = delta(undefined, { a: 1, b: 2 });

  it('is reported with its cells', () => {
    expect(describeRecord(specification(), made)).toEqual({
      kind: 'created',
      value: { createdTime, ...cells({ a: 1, b: 2 }) },
    });
  });

  it('is reported with watched and included cells', () => {
    const described = describeRecord(specification({ watchDataInFieldIds: ['a'] }), made);
    expect(described).toMatchObject({ value: cells({ a: 1 }) });
    expect(
      describeRecord(
        specification({ watchDataInFieldIds: ['a'] }, { includeCellValuesInFieldIds: ['b'] }),
        made,
      ),
    ).toMatchObject({ value: cells({ a: 1, b: 2 }) });
  });

  it('is not reported without a value in a watched field, or when additions are excluded', () => {
    expect(describeRecord(specification({ watchDataInFieldIds: ['c'] }), made)).toBeUndefined();
    expect(describeRecord(specification({ changeTypes: ['update', 'remove'] }), made)).toBeUndefined();
  });

  it('is reported when the filter lists are empty', () => {
    expect(describeRecord(specification({ changeTypes: [], watchDataInFieldIds: [] }), made)).toMatchObject({
      kind: 'created',
    });
  });
});

describe('a changed record', () => {
  const changed = delta({ a: 1, b: 2, d: [1] }, { a: 9, c: 3, d: [1] });

  it('is reported with changed cells, and null for cleared ones', () => {
    expect(describeRecord(specification(), changed)).toEqual({
      kind: 'changed',
      value: { current: cells({ a: 9, b: null, c: 3 }) },
    });
  });

  it('is reported with previous and unchanged cells on request', () => {
    const includes = { includeCellValuesInFieldIds: 'all' as const, includePreviousCellValues: true };
    expect(describeRecord(specification({}, includes), changed)).toEqual({
      kind: 'changed',
      value: {
        current: cells({ a: 9, b: null, c: 3 }),
        previous: cells({ a: 1, b: 2, c: null }),
        unchanged: cells({ d: [1] }),
      },
    });
  });

  it('is reported with watched fields, and with included fields even if unchanged', () => {
    const watching = { watchDataInFieldIds: ['a'] };
    expect(describeRecord(specification(watching), changed)).toMatchObject({
      value: { current: cells({ a: 9 }) },
    });
    expect(
      describeRecord(specification(watching, { includeCellValuesInFieldIds: ['c', 'd'] }), changed),
    ).toMatchObject({ value: { current: cells({ a: 9, c: 3 }), unchanged: cells({ d: [1] }) } });
  });

  it('is not reported when no watched field changed, or updates are excluded', () => {
    expect(describeRecord(specification({ watchDataInFieldIds: ['d'] }), changed)).toBeUndefined();
    expect(describeRecord(specification({ changeTypes: ['add'] }), changed)).toBeUndefined();
    expect(describeRecord(specification(), delta({ a: [{ b: 1 }] }, { a: [{ b: 1 }] }))).toBeUndefined();
  });
});

describe('a deleted record', () => {
  it('is reported if a watched field had a value and removals are not excluded', () => {
    const gone = delta({ a: 1 }, undefined);
    expect(describeRecord(specification(), gone)).toEqual({ kind: 'destroyed' });
    expect(describeRecord(specification({ watchDataInFieldIds: ['a'] }), gone)).toEqual({
      kind: 'destroyed',
    });
    expect(describeRecord(specification({ watchDataInFieldIds: ['b'] }), gone)).toBeUndefined();
    expect(describeRecord(specification({ changeTypes: ['add', 'update'] }), gone)).toBeUndefined();
  });

  it('is not reported when the same transaction created it', () => {
    expect(describeRecord(specification(), delta(undefined, undefined))).toBeUndefined();
  });
});
