import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadInputBase, badInputFields, makeBadInputBase } from '../testing/bad-input-base.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let base: BadInputBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  base = await makeBadInputBase(gateway);
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

function nested(depth: number): string {
  return `${'['.repeat(depth)}1${']'.repeat(depth)}`;
}

describe('a bad record', () => {
  it.each<[string, number, unknown]>([
    ['malformed JSON', 400, '{"fields": '],
    ['a string for a body', 422, '"x"'],
    ['an array for a body', 422, '[]'],
    ['no body', 422, undefined],
    ['neither records nor fields', 422, {}],
    ['both records and fields', 422, { records: [{ fields: {} }], fields: {} }],
    ['records that are not a list', 422, { records: 'x' }],
    ['no records', 422, { records: [] }],
    ['eleven records', 422, { records: Array(11).fill({ fields: {} }) }],
    ['fields that are a list', 422, { fields: [] }],
    ['a typecast that is not a boolean', 422, { fields: {}, typecast: 'yes' }],
    ['a prototype key', 400, '{"fields": {"__proto__": {"x": 1}}}'],
    ['a value nested thousands deep', 422, `{"fields": {"Text": ${nested(20_000)}}}`],
    ['a list nested thousands deep', 422, `{"fields": {"Self": ${nested(20_000)}}}`],
    ['a body of 10 MB', 413, { fields: { Text: 'x'.repeat(10 * 1024 * 1024) } }],
    ['a text that is too long', 422, { fields: { Text: 'x'.repeat(100_001) } }],
    [
      'a record that is too large',
      422,
      { fields: { Text: '\u0001'.repeat(90_000), Code: { text: 'x'.repeat(1000) } } },
    ],
    ['a choice whose name is too long', 422, { fields: { One: 'x'.repeat(501) }, typecast: true }],
    ['too many links', 422, { fields: { Self: Array(1001).fill('recAAAAAAAAAAAAAA') } }],
  ])('with %s gets status %i in Airtable’s format', async (_what, status, body) => {
    const response = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/T`, body);
    expect(response.status).toBe(status);
    expect(response.body).toEqual({ error: { type: expect.any(String), message: expect.any(String) } });
    await base.expectReady();
  });

  it('is rejected with the path of the invalid field', async () => {
    const response = await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/T`, {
      records: [{ id: base.recordId, fields: {} }, { fields: 7 }],
    });
    expect(response.body.error.message).toContain('body.records.1.fields');
    const missing = await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/T`, {
      records: [{ id: base.recordId, fields: {} }, { fields: {} }],
    });
    expect(missing.body.error.message).toContain('body.records.1.id');
  });

  it('with any value in any field never causes a server error', async () => {
    const value = fc.oneof(
      fc.jsonValue({ depthSize: 'small' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u0000',
        '\ud800',
        'recAAAAAAAAAAAAAA',
        '2025-02-30',
        '9999999-01-01',
        1e308,
        -0,
        [null],
        [[]],
      ),
      fc.array(fc.record({ id: fc.string(), url: fc.webUrl(), filename: fc.string({ unit: 'binary' }) })),
    );
    const cells = fc.dictionary(fc.constantFrom(...badInputFields), value, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(cells, fc.boolean(), async (fields, typecast) => {
        const body = JSON.stringify({ fields, typecast });
        const response = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/T`, body);
        expect([200, 400, 422]).toContain(response.status);
        if (response.status !== 200) return;
        const back = await gateway.call(base.user, 'GET', `/v0/${base.baseId}/T/${response.body.id}`);
        expect(back.body).toEqual(response.body);
      }),
      { numRuns: 150 },
    );
    await base.expectReady();
  });
});
