import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unsupportedFieldTypes } from '../../../contracts/airtable-gateway/metadata.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let baseId: string;
let tableId: string;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

async function ok(method: string, path: string, body?: unknown) {
  const response = await gateway.call(user, method, path, body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

beforeEach(async () => {
  const made = await ok('POST', '/v0/meta/bases', {
    name: 'Clients',
    workspaceId: 'default',
    tables: [
      {
        name: 'Everything',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'N', type: 'number', options: { precision: 0 } },
        ],
      },
    ],
  });
  baseId = made.id;
  tableId = made.tables[0].id;
});

describe('a filter', () => {
  it.each([17_000, 99_000])('of %i characters is accepted in a body', async (length) => {
    await ok('POST', `/v0/${baseId}/Everything`, { fields: { Name: 'a' } });
    const parts = Array.from({ length: Math.floor(length / 20) }, (_, n) => `{Name}='name${n}'`);
    const filterByFormula = `OR(${parts.join(',')},{Name}='a')`.padEnd(length);
    const { records } = await ok('POST', `/v0/${baseId}/Everything/listRecords`, { filterByFormula });
    expect(records).toHaveLength(1);
  });

  it.each([
    ['End\\', '{End\\\\}'],
    ['Back\\slash', '{Back\\slash}'],
    ['Back\\slash', '{Back\\\\slash}'],
    ['Brace}', '{Brace\\}}'],
    ['Both\\}', '{Both\\\\\\}}'],
    ['Two\\\\', '{Two\\\\\\\\}'],
  ])('names the field %s as %s', async (name, spelling) => {
    await ok('POST', `/v0/meta/bases/${baseId}/tables/${tableId}/fields`, { name, type: 'singleLineText' });
    await ok('POST', `/v0/${baseId}/Everything`, { fields: { [name]: 'found' } });
    const filterByFormula = encodeURIComponent(`${spelling}='found'`);
    const { records } = await ok('GET', `/v0/${baseId}/Everything?filterByFormula=${filterByFormula}`);
    expect(records).toHaveLength(1);
  });
});

describe('an upsert', () => {
  it.each(['Merge\\', 'Merge\\slash', 'Merge}', '{Merge}', 'Merge "quoted"', "Merge's", 'Merge, comma'])(
    'merges on the field %s',
    async (name) => {
      await ok('POST', `/v0/meta/bases/${baseId}/tables/${tableId}/fields`, { name, type: 'singleLineText' });
      const merge = () =>
        ok('PATCH', `/v0/${baseId}/Everything`, {
          performUpsert: { fieldsToMergeOn: [name] },
          records: [{ fields: { [name]: 'a "b\\' } }],
        });
      const { createdRecords } = await merge();
      expect(createdRecords).toHaveLength(1);
      expect(await merge()).toMatchObject({ createdRecords: [], updatedRecords: createdRecords });
    },
  );

  const upsert = (records: unknown[], method = 'PATCH') =>
    ok(method, `/v0/${baseId}/Everything`, { performUpsert: { fieldsToMergeOn: ['Name'] }, records });

  it.each([
    ['PATCH', {}],
    ['PATCH', { Name: 'R' }],
    ['PUT', { Name: 'R' }],
  ])('by %s without a value creates a record beside the one it names by id', async (method, fields) => {
    const { id } = await ok('POST', `/v0/${baseId}/Everything`, { fields });
    const { records, createdRecords, updatedRecords } = await upsert(
      [{ id, fields: { N: 3 } }, { fields: { Name: null, N: 7 } }],
      method,
    );
    expect(updatedRecords).toEqual([id]);
    expect(createdRecords).toEqual([records[1].id]);
    expect(records.map((record: { fields: { N: number } }) => record.fields.N)).toEqual([3, 7]);
  });

  it('looks for matches in the table as it was before the request', async () => {
    const { id } = await ok('POST', `/v0/${baseId}/Everything`, { fields: { Name: 'old' } });
    const { createdRecords, records } = await upsert([
      { id, fields: { Name: 'new' } },
      { fields: { Name: 'new', N: 7 } },
    ]);
    expect(createdRecords).toEqual([records[1].id]);
    expect(records[0].fields).toEqual({ Name: 'new' });
  });

  it('finds a field to merge on whatever its spelling', async () => {
    const { id } = await ok('POST', `/v0/${baseId}/Everything`, { fields: { Name: 'old' } });
    expect((await upsert([{ fields: { NAME: 'old', N: 1 } }])).updatedRecords).toEqual([id]);
  });
});

describe('names', () => {
  it('of tables, fields and views compare without case', async () => {
    await ok('POST', `/v0/${baseId}/EVERYTHING`, { fields: { name: 'a', n: 1 } });
    const { records } = await ok('GET', `/v0/${baseId}/everything?view=grid%20VIEW&fields[]=n`);
    expect(records[0].fields).toEqual({ N: 1 });
  });

  const meta = () => `/v0/meta/bases/${baseId}/tables`;
  const text = { type: 'singleLineText' };

  it.each([
    [
      'a new table',
      'POST',
      '',
      { name: 'everyTHING', fields: [{ name: 'Name', ...text }] },
      'DUPLICATE_TABLE_NAME',
    ],
    ['a new field', 'POST', '/T/fields', { name: 'NAME', ...text }, 'DUPLICATE_OR_EMPTY_FIELD_NAME'],
    ['a renamed field', 'PATCH', '/T/fields/N', { name: 'NAME' }, 'DUPLICATE_OR_EMPTY_FIELD_NAME'],
    [
      'a table with two fields',
      'POST',
      '',
      {
        name: 'U',
        fields: [
          { name: 'a', ...text },
          { name: 'A', ...text },
        ],
      },
      'DUPLICATE_OR_EMPTY_FIELD_NAME',
    ],
  ])('that differ in case only are rejected for %s', async (_what, method, path, body, type) => {
    const response = await gateway.call(user, method, meta() + path.replace('/T', `/${tableId}`), body);
    expect(response).toMatchObject({ status: 422, body: { error: { type } } });
  });

  it('may change their case', async () => {
    await ok('PATCH', `${meta()}/${tableId}`, { name: 'EVERYTHING' });
    await ok('PATCH', `${meta()}/${tableId}/fields/N`, { name: 'n' });
  });
});

describe('a URL', () => {
  const listWith = (length: number) => {
    const path = `/v0/${baseId}/Everything?filterByFormula=`;
    return `${path}${'1'.repeat(length - path.length)}`;
  };

  it.each([15_250, 16_000])('of %i characters is accepted', async (length) => {
    await ok('GET', listWith(length));
  });

  it('of 16,001 characters is too long', async () => {
    expect(await gateway.call(user, 'GET', listWith(16_001))).toMatchObject({
      status: 414,
      body: { error: { type: 'REQUEST_URI_TOO_LONG' } },
    });
  });

  it.each(['Sales/Marketing', 'a\\b', 'a//b'])('names a table %s', async (name) => {
    await ok('PATCH', `/v0/meta/bases/${baseId}/tables/${tableId}`, { name });
    const path = `/v0/${baseId}/${encodeURIComponent(name)}`;
    const { id } = await ok('POST', path, { fields: { Name: 'a' } });
    expect(await ok('GET', `${path}/${id}`)).toMatchObject({ fields: { Name: 'a' } });
  });
});

describe('the schema', () => {
  it.each(['include=visibleFieldIds', 'include[]=visibleFieldIds'])(
    'lists the visible fields of views with %s',
    async (query) => {
      const { tables } = await ok('GET', `/v0/meta/bases/${baseId}/tables?${query}`);
      const ids = tables[0].fields.map(({ id }: { id: string }) => id);
      expect(tables[0].views[0].visibleFieldIds).toEqual(ids);
    },
  );

  it('rejects an unknown part to include', async () => {
    const response = await gateway.call(user, 'GET', `/v0/meta/bases/${baseId}/tables?include[]=secrets`);
    expect(response).toMatchObject({ status: 422, body: { error: { type: 'INVALID_REQUEST_UNKNOWN' } } });
  });

  it.each(unsupportedFieldTypes)('rejects a new field of type %s as unsupported', async (type) => {
    const field = { name: 'New', type };
    const path = `/v0/meta/bases/${baseId}/tables/${tableId}/fields`;
    expect(await gateway.call(user, 'POST', path, field)).toMatchObject({
      status: 422,
      body: { error: { type: 'UNSUPPORTED_FIELD_TYPE_FOR_CREATE' } },
    });
  });

  it.each([
    ['an upload of an attachment', 'POST', () => `/v0/${baseId}/recAAAAAAAAAAAAAA/Files/uploadAttachment`],
    ['a new workspace', 'POST', () => '/v0/meta/workspaces'],
    ['changes of a group', 'PATCH', () => '/v0/meta/groups'],
    ['the deletion of a group', 'DELETE', () => '/v0/meta/groups'],
    ['a change of a base', 'PUT', () => `/v0/bases/${baseId}`],
    ['a change of a workspace', 'PATCH', () => '/v0/meta/workspaces/wspAAAAAAAAAAAAAA'],
  ])("rejects %s in Airtable's shape", async (_what, method, path) => {
    expect(await gateway.call(user, method, path())).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
  });

  it('rejects dependencies between dates, and accepts none', async () => {
    const path = `/v0/meta/bases/${baseId}/tables/${tableId}`;
    const dateDependencySettings = { isEnabled: true, reschedulingMode: 'flexible' };
    expect(await gateway.call(user, 'PATCH', path, { dateDependencySettings })).toMatchObject({
      status: 422,
      body: { error: { type: 'INVALID_REQUEST_UNKNOWN' } },
    });
    await ok('PATCH', path, { name: 'Renamed', dateDependencySettings: null });
  });
});
