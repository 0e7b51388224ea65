import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadInputBase, makeBadInputBase } from '../testing/bad-input-base.ts';
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

describe('a bad request', () => {
  it.each([
    'pageSize=0',
    'pageSize=101',
    'pageSize=x',
    'pageSize=1e9',
    'maxRecords=-1',
    'maxRecords=0',
    'fields[]=Nobody',
    'fields[]=%00',
    'sort[0][field]=Nobody',
    'sort[0][direction]=asc',
    'sort[0][field]=Text&sort[0][direction]=up',
    'view=Nothing',
    'cellFormat=xml',
    'cellFormat=string',
    'cellFormat=string&timeZone=Mars/Olympus&userLocale=en',
    'cellFormat=string&timeZone=utc&userLocale=x_y!',
    'offset=recAAAAAAAAAAAAAA',
    'returnFieldsByFieldId=perhaps',
    'recordMetadata[]=secrets',
  ])('with the list query %s gets status 422', async (query) => {
    const response = await gateway.call(base.user, 'GET', `/v0/${base.baseId}/T?${query}`);
    expect(response.status).toBe(422);
    expect(response.body.error.type).toEqual(expect.any(String));
  });

  it.each([
    ['an unclosed text', "{Text} = 'x"],
    ['SQL', '1; drop table airtable.records; --'],
    ['an unknown function', 'SLEEP(10)'],
    ['an unknown field', '{Text} = {Nobody}'],
    ['thousands of open parentheses', '('.repeat(10_000)],
    ['thousands of open calls', 'NOT('.repeat(4_000)],
    ['more than 100,000 characters', `1${'+1'.repeat(50_000)}`],
    ['a text that grows without limit', 'LEN(REPT(REPT(REPT("x", 999), 999), 999))'],
    ['a pattern that expands without limit', `REGEX_MATCH(REPT("a", 50000), REPT("(a{1,500})", 90))`],
  ])('with %s in a formula gets status 422', async (_what, filterByFormula) => {
    const response = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/T/listRecords`, {
      filterByFormula,
    });
    expect(response.status).toBe(422);
    await base.expectReady();
  });

  it('with any formula never causes a server error', async () => {
    const piece = fc.constantFrom(
      ...[
        '{Text}',
        '{Number}',
        '{Many}',
        '{Day}',
        '1',
        '0',
        "'x'",
        '"2025-01-01"',
        'BLANK()',
        'NOW()',
        ',',
        '(',
      ],
      ...[
        ')',
        '+',
        '-',
        '*',
        '/',
        '&',
        '=',
        '!=',
        '<',
        'AND(',
        'IF(',
        'LEFT(',
        'DATEADD(',
        'REPT(',
        'SWITCH(',
      ],
      ...['DATETIME_FORMAT(', 'REGEX_REPLACE(', 'ARRAYSLICE(', 'WORKDAY(', '1e308', '\\', '{', '}', '\u0000'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const filterByFormula = pieces.join(' ');
        const response = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/T/listRecords`, {
          filterByFormula,
        });
        expect([200, 422]).toContain(response.status);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['GET', '/v0/appX/T', 404, 'NOT_FOUND'],
    ['GET', '/v0/app%00AAAAAAAAAAAAA/T', 404, 'NOT_FOUND'],
    ['GET', `/v0/${'a'.repeat(60)}/T`, 404, 'NOT_FOUND'],
    ['GET', '/v0/meta', 404, 'NOT_FOUND'],
    ['GET', '/v0/meta/nothing', 404, 'NOT_FOUND'],
    ['GET', '/v0/', 404, 'NOT_FOUND'],
    ['GET', '/nothing', 404, 'not_found'],
    ['PUT', '/bases', 405, 'method_not_allowed'],
    ['GET', '/v0/{base}/T/recX', 404, 'NOT_FOUND'],
    ['GET', '/v0/{base}/T%00', 404, { type: 'TABLE_NOT_FOUND' }],
    ['GET', '/v0/{base}/%ff', 400, 'malformed_request'],
    ['GET', `/v0/{base}/${'T'.repeat(500)}`, 422, { type: 'INVALID_REQUEST_UNKNOWN' }],
    ['DELETE', '/v0/{base}/T', 422, { type: 'INVALID_REQUEST_UNKNOWN' }],
    ['DELETE', '/v0/{base}/T?records[]=x', 404, 'NOT_FOUND'],
    [
      'DELETE',
      `/v0/{base}/T?${'records[]=recAAAAAAAAAAAAAA&'.repeat(11)}`,
      422,
      { type: 'INVALID_REQUEST_UNKNOWN' },
    ],
  ])('%s %s gets status %i', async (method, path, status, error) => {
    const response = await gateway.call(base.user, method, path.replace('{base}', base.baseId));
    expect(response).toMatchObject({ status, body: { error } });
  });

  it.each([
    ['no table', { tables: [] }],
    ['a table without fields', { tables: [{ name: 'A', fields: [] }] }],
    ['a type that does not exist', { tables: [{ name: 'A', fields: [{ name: 'a', type: 'magic' }] }] }],
    [
      'a primary field that cannot be one',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'checkbox' }] }] },
    ],
    [
      'two fields of the same name',
      {
        tables: [{ name: 'A', fields: Array(2).fill({ name: 'a', type: 'singleLineText' }) }],
      },
    ],
    [
      'two tables of the same name',
      { tables: Array(2).fill({ name: 'A', fields: [{ name: 'a', type: 'email' }] }) },
    ],
    [
      'options out of range',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'number', options: { precision: 99 } }] }] },
    ],
    [
      'a formula over an unknown field',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'formula', options: { formula: '{b}' } }] }] },
    ],
    [
      'a formula over itself',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'formula', options: { formula: '{a} & 1' } }] }] },
    ],
    [
      'a name with a special meaning in JavaScript',
      { tables: [{ name: '__proto__', fields: [{ name: 'a', type: 'email' }] }] },
    ],
    ['a name of NUL', { tables: [{ name: '\u0000', fields: [{ name: 'a', type: 'email' }] }] }],
    [
      'a name that is not a text',
      { name: 7, tables: [{ name: 'A', fields: [{ name: 'a', type: 'email' }] }] },
    ],
  ])('for a base with %s gets status 422 and creates no base', async (_what, parts) => {
    const before = await gateway.call(base.user, 'GET', '/v0/meta/bases');
    const response = await gateway.call(base.user, 'POST', '/v0/meta/bases', {
      name: 'B',
      workspaceId: 'default',
      ...parts,
    });
    expect(response.status).toBe(422);
    expect((await gateway.call(base.user, 'GET', '/v0/meta/bases')).body).toEqual(before.body);
  });

  it('without a token gets status 401 in the format of the path', async () => {
    expect(await gateway.call(undefined, 'GET', `/v0/${base.baseId}/T`)).toMatchObject({
      status: 401,
      body: { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } },
    });
    expect(await gateway.call(undefined, 'GET', '/bases')).toMatchObject({
      status: 401,
      body: { error: 'unauthenticated', request_id: expect.any(String) },
    });
  });

  it('on the plain paths gets the platform’s envelope', async () => {
    expect(
      await gateway.call(base.user, 'GET', `/bases/${base.baseId}/tables/Nothing/records`),
    ).toMatchObject({
      status: 404,
      body: {
        error: 'not_found',
        message: expect.stringContaining('Nothing'),
        request_id: expect.any(String),
      },
    });
    expect(
      await gateway.call(base.user, 'POST', `/bases/${base.baseId}/tables/T/records`, { Nobody: 1 }),
    ).toMatchObject({
      status: 422,
      body: { error: 'validation_failed', message: 'Unknown field name: "Nobody"' },
    });
    const path = `/bases/${base.baseId}/tables/T/records?filter_by_formula=${encodeURIComponent('1 +')}`;
    expect(await gateway.call(base.user, 'GET', path)).toMatchObject({ status: 422 });
  });
});
