import Airtable from 'airtable';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let baseId: string;

/** Airtable's own client, with a different endpoint and key only. */
function baseOf(owner: TestUser, id = baseId) {
  return new Airtable({ apiKey: owner.token, endpointUrl: gateway.url, noRetryIfRateLimited: true }).base(id);
}

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
  const response = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'CRM',
    workspaceId: 'default',
    tables: [
      {
        name: 'People',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Age', type: 'number', options: { precision: 0 } },
          {
            name: 'Status',
            type: 'singleSelect',
            options: { choices: [{ name: 'Todo' }, { name: 'Done' }] },
          },
          { name: 'Born', type: 'date' },
          { name: 'Happy', type: 'checkbox' },
        ],
      },
    ],
  });
  expect(response).toMatchObject({ status: 200, body: { id: expect.stringMatching(/^app/) } });
  baseId = response.body.id;
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

describe("Airtable's own JavaScript client", () => {
  it('writes 250 records in batches and pages through them', async () => {
    const people = baseOf(user)('People');
    for (let start = 0; start < 250; start += 10) {
      const created = await people.create(
        Array.from({ length: 10 }, (_, index) => ({
          fields: {
            Name: `Person ${start + index}`,
            Age: start + index,
            Status: index % 2 ? 'Done' : 'Todo',
          },
        })),
      );
      expect(created).toHaveLength(10);
    }
    const pages: number[] = [];
    const names: unknown[] = [];
    await people.select().eachPage((records, next) => {
      pages.push(records.length);
      names.push(...records.map((record) => record.get('Name')));
      next();
    });
    expect(pages).toEqual([100, 100, 50]);
    expect(names).toEqual(Array.from({ length: 250 }, (_, index) => `Person ${index}`));
  });

  it('filters, sorts, limits and selects fields', async () => {
    const people = baseOf(user)('People');
    const found = await people
      .select({
        filterByFormula: "AND({Status} = 'Done', {Age} >= 100)",
        sort: [{ field: 'Age', direction: 'desc' }],
        fields: ['Age'],
        maxRecords: 120,
        pageSize: 50,
      })
      .all();
    expect(found.map((record) => record.fields)).toEqual(
      Array.from({ length: 75 }, (_, index) => ({ Age: 249 - 2 * index })),
    );
    const some = await people.select({ maxRecords: 120, pageSize: 50, view: 'Grid view' }).all();
    expect(some).toHaveLength(120);
  });

  it('lists through POST when the formula is too long for a URL', async () => {
    const wanted = Array.from({ length: 600 }, (_, index) => `{Name} = 'Person ${index}'`).join(', ');
    expect(`OR(${wanted})`.length).toBeGreaterThan(12_000);
    const found = await baseOf(user)('People')
      .select({ filterByFormula: `OR(${wanted})`, timeZone: 'utc', userLocale: 'en', cellFormat: 'string' })
      .all();
    expect(found).toHaveLength(250);
    expect(found[7]?.get('Age')).toBe('7');
  });

  it('finds, updates, replaces and deletes', async () => {
    const people = baseOf(user)('People');
    const made = await people.create({ Name: 'Ada', Age: 36, Happy: true, Born: '1815-12-10' });
    expect((await people.find(made.id)).fields).toEqual({
      Name: 'Ada',
      Age: 36,
      Happy: true,
      Born: '1815-12-10',
    });
    const updated = await people.update(made.id, { Age: 37, Happy: false });
    expect(updated.fields).toEqual({ Name: 'Ada', Age: 37, Born: '1815-12-10' });
    const replaced = await people.replace(made.id, { Name: 'Ada L.' });
    expect(replaced.fields).toEqual({ Name: 'Ada L.' });
    const both = await people.update([{ id: made.id, fields: { Status: 'Done' } }]);
    expect(both[0]?.fields).toEqual({ Name: 'Ada L.', Status: 'Done' });
    expect((await people.destroy(made.id)).id).toBe(made.id);
    await expect(people.find(made.id)).rejects.toMatchObject({ error: 'NOT_FOUND', statusCode: 404 });
  });

  it('upserts by a field and reports created and updated records', async () => {
    const response = await gateway.call(user, 'PATCH', `/v0/${baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Person 3', Age: 1003 } }, { fields: { Name: 'Newcomer', Age: 1 } }],
    });
    expect(response.status).toBe(200);
    const [old, fresh] = response.body.records;
    expect(response.body).toMatchObject({ updatedRecords: [old.id], createdRecords: [fresh.id] });
    expect(old.fields).toEqual({ Name: 'Person 3', Age: 1003, Status: 'Done' });
    const again = await gateway.call(user, 'PUT', `/v0/${baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Newcomer' } }],
    });
    expect(again.body).toMatchObject({
      updatedRecords: [fresh.id],
      createdRecords: [],
      records: [{ fields: { Name: 'Newcomer' } }],
    });
    await baseOf(user)('People').destroy([fresh.id]);
  });

  it('adds choices only with typecast', async () => {
    const people = baseOf(user)('People');
    await expect(people.create({ Status: 'Later' })).rejects.toMatchObject({
      error: 'INVALID_MULTIPLE_CHOICE_OPTIONS',
      statusCode: 422,
    });
    const made = await people.create([{ fields: { Status: 'Later', Age: '41' as unknown as number } }], {
      typecast: true,
    });
    expect(made[0]?.fields).toEqual({ Status: 'Later', Age: 41 });
    await people.destroy(made.map(({ id }) => id));
  });

  it.each([
    ['an unknown field', { Nobody: 1 }, 'UNKNOWN_FIELD_NAME'],
    ['a value of the wrong type', { Age: 'old' }, 'INVALID_VALUE_FOR_COLUMN'],
    ['a day that does not exist', { Born: '2025-02-30' }, 'INVALID_VALUE_FOR_COLUMN'],
  ])('receives the error for %s', async (_what, fields, error) => {
    await expect(baseOf(user)('People').create(fields as never)).rejects.toMatchObject({
      error,
      statusCode: 422,
    });
  });

  it('receives the errors for an invalid formula, an unknown table and an invalid key', async () => {
    await expect(
      baseOf(user)('People').select({ filterByFormula: '{Nobody} = 1' }).firstPage(),
    ).rejects.toMatchObject({
      error: 'INVALID_FILTER_BY_FORMULA',
      message: 'The formula for filtering records is invalid: Unknown field names: Nobody (at character 1)',
    });
    await expect(baseOf(user)('Nothing').select().firstPage()).rejects.toMatchObject({ statusCode: 404 });
    await expect(
      baseOf({ ...user, token: 'wrong' })('People')
        .select()
        .firstPage(),
    ).rejects.toMatchObject({ error: 'AUTHENTICATION_REQUIRED', statusCode: 401 });
  });

  it('deletes all records in batches of ten', async () => {
    const people = baseOf(user)('People');
    const all = await people.select({ fields: [] }).all();
    expect(all.length).toBe(250);
    for (let start = 0; start < all.length; start += 10)
      await people.destroy(all.slice(start, start + 10).map(({ id }) => id));
    expect(await people.select().all()).toEqual([]);
  });
});
