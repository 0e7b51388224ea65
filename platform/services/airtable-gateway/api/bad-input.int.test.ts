import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let baseId: string;
let recordId: string;

const fieldNames = [
  'Text',
  'Number',
  'Rating',
  'Check',
  'Day',
  'Time',
  'One',
  'Many',
  'Files',
  'Code',
  'Self',
];

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Bad input',
    workspaceId: 'default',
    tables: [
      {
        name: 'T',
        fields: [
          { name: 'Text', type: 'multilineText' },
          { name: 'Number', type: 'number' },
          { name: 'Rating', type: 'rating' },
          { name: 'Check', type: 'checkbox' },
          { name: 'Day', type: 'date' },
          { name: 'Time', type: 'dateTime' },
          { name: 'One', type: 'singleSelect', options: { choices: [{ name: 'a' }] } },
          { name: 'Many', type: 'multipleSelects', options: { choices: [{ name: 'a' }] } },
          { name: 'Files', type: 'multipleAttachments' },
          { name: 'Code', type: 'barcode' },
        ],
      },
    ],
  });
  baseId = made.body.id;
  const tableId = made.body.tables[0].id;
  const link = await gateway.call(user, 'POST', `/v0/meta/bases/${baseId}/tables/${tableId}/fields`, {
    name: 'Self',
    type: 'multipleRecordLinks',
    options: { linkedTableId: tableId },
  });
  expect(link.status).toBe(200);
  recordId = (await gateway.call(user, 'POST', `/v0/${baseId}/T`, { fields: { Text: 'x' } })).body.id;
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

async function expectReady(): Promise<void> {
  expect((await gateway.call(undefined, 'GET', '/ready')).status).toBe(200);
  expect((await gateway.call(user, 'GET', `/v0/${baseId}/T/${recordId}`)).status).toBe(200);
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}1${']'.repeat(depth)}`;
}

describe('bad input', () => {
  it.each<[string, number, unknown]>([
    ['malformed JSON', 400, '{"fields": '],
    ['a string for a body', 422, '"x"'],
    ['an array for a body', 422, '[]'],
    ['no body', 422, undefined],
    ['neither records nor fields', 422, {}],
    ['both records and fields', 422, { records: [{ fields: {} }], fields: {} }],
    ['records that are no list', 422, { records: 'x' }],
    ['no records', 422, { records: [] }],
    ['eleven records', 422, { records: Array(11).fill({ fields: {} }) }],
    ['fields that are a list', 422, { fields: [] }],
    ['typecast that is no boolean', 422, { fields: {}, typecast: 'yes' }],
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
  ])('%s is answered with %i in Airtable’s form', async (_what, status, body) => {
    const answer = await gateway.call(user, 'POST', `/v0/${baseId}/T`, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: { type: expect.any(String), message: expect.any(String) } });
    await expectReady();
  });

  it('names the path of the field at fault', async () => {
    const answer = await gateway.call(user, 'PATCH', `/v0/${baseId}/T`, {
      records: [{ id: recordId, fields: {} }, { fields: 7 }],
    });
    expect(answer.body.error.message).toContain('body.records.1.fields');
    const missing = await gateway.call(user, 'PATCH', `/v0/${baseId}/T`, {
      records: [{ id: recordId, fields: {} }, { fields: {} }],
    });
    expect(missing.body.error.message).toContain('body.records.1.id');
  });

  it('of any kind into any field is a refusal or a success, never a failure', async () => {
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
    const cells = fc.dictionary(fc.constantFrom(...fieldNames), value, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(cells, fc.boolean(), async (fields, typecast) => {
        const body = JSON.stringify({ fields, typecast });
        const answer = await gateway.call(user, 'POST', `/v0/${baseId}/T`, body);
        expect([200, 400, 422]).toContain(answer.status);
        if (answer.status !== 200) return;
        const back = await gateway.call(user, 'GET', `/v0/${baseId}/T/${answer.body.id}`);
        expect(back.body).toEqual(answer.body);
      }),
      { numRuns: 150 },
    );
    await expectReady();
  });

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
  ])('in a list’s query (%s) is answered with 422', async (query) => {
    const answer = await gateway.call(user, 'GET', `/v0/${baseId}/T?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body.error.type).toEqual(expect.any(String));
  });

  it.each([
    ['an unclosed text', "{Text} = 'x"],
    ['SQL', '1; drop table airtable.records; --'],
    ['an unknown function', 'SLEEP(10)'],
    ['an unknown field', '{Text} = {Nobody}'],
    ['parentheses without end', '('.repeat(10_000)],
    ['calls without end', 'NOT('.repeat(4_000)],
    ['more than 16,384 characters', `1${'+1'.repeat(8_200)}`],
    ['a text that grows without end', 'LEN(REPT(REPT(REPT("x", 999), 999), 999))'],
    ['a pattern that explodes', `REGEX_MATCH(REPT("a", 50000), REPT("(a{1,500})", 90))`],
  ])('in a formula (%s) is answered with 422', async (_what, filterByFormula) => {
    const answer = await gateway.call(user, 'POST', `/v0/${baseId}/T/listRecords`, { filterByFormula });
    expect(answer.status).toBe(422);
    await expectReady();
  });

  it('in any formula is a refusal or a list, never a failure', async () => {
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
        const answer = await gateway.call(user, 'POST', `/v0/${baseId}/T/listRecords`, { filterByFormula });
        expect([200, 422]).toContain(answer.status);
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
  ])('in an address (%s %s) is answered with %i', async (method, path, status, error) => {
    const answer = await gateway.call(user, method, path.replace('{base}', baseId));
    expect(answer).toMatchObject({ status, body: { error } });
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
      'two fields of one name',
      {
        tables: [{ name: 'A', fields: Array(2).fill({ name: 'a', type: 'singleLineText' }) }],
      },
    ],
    [
      'two tables of one name',
      { tables: Array(2).fill({ name: 'A', fields: [{ name: 'a', type: 'email' }] }) },
    ],
    [
      'options out of range',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'number', options: { precision: 99 } }] }] },
    ],
    [
      'a formula over nothing',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'formula', options: { formula: '{b}' } }] }] },
    ],
    [
      'a formula over itself',
      { tables: [{ name: 'A', fields: [{ name: 'a', type: 'formula', options: { formula: '{a} & 1' } }] }] },
    ],
    [
      'a name that JavaScript gives a meaning',
      { tables: [{ name: '__proto__', fields: [{ name: 'a', type: 'email' }] }] },
    ],
    ['a name of NUL', { tables: [{ name: '\u0000', fields: [{ name: 'a', type: 'email' }] }] }],
    ['a name that is no text', { name: 7, tables: [{ name: 'A', fields: [{ name: 'a', type: 'email' }] }] }],
  ])('in a new base (%s) is answered with 422, and no base is made', async (_what, parts) => {
    const before = await gateway.call(user, 'GET', '/v0/meta/bases');
    const answer = await gateway.call(user, 'POST', '/v0/meta/bases', {
      name: 'B',
      workspaceId: 'w',
      ...parts,
    });
    expect(answer.status).toBe(422);
    expect((await gateway.call(user, 'GET', '/v0/meta/bases')).body).toEqual(before.body);
  });

  it('without a token is answered with 401 in the form of the path', async () => {
    expect(await gateway.call(undefined, 'GET', `/v0/${baseId}/T`)).toMatchObject({
      status: 401,
      body: { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } },
    });
    expect(await gateway.call(undefined, 'GET', '/bases')).toMatchObject({
      status: 401,
      body: { error: 'unauthenticated', request_id: expect.any(String) },
    });
  });

  it('on the plain paths is answered with the platform’s envelope', async () => {
    expect(await gateway.call(user, 'GET', `/bases/${baseId}/tables/Nothing/records`)).toMatchObject({
      status: 404,
      body: {
        error: 'not_found',
        message: expect.stringContaining('Nothing'),
        request_id: expect.any(String),
      },
    });
    expect(
      await gateway.call(user, 'POST', `/bases/${baseId}/tables/T/records`, { Nobody: 1 }),
    ).toMatchObject({
      status: 422,
      body: { error: 'validation_failed', message: 'Unknown field name: "Nobody"' },
    });
    const path = `/bases/${baseId}/tables/T/records?filter_by_formula=${encodeURIComponent('1 +')}`;
    expect(await gateway.call(user, 'GET', path)).toMatchObject({ status: 422 });
  });
});
