import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let baseId: string;
const tables: Record<string, string> = {};

async function ok(method: string, path: string, body?: unknown) {
  const answer = await gateway.call(user, method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

const addField = (table: string, field: object) =>
  ok('POST', `/v0/meta/bases/${baseId}/tables/${tables[table]}/fields`, field);
const create = async (table: string, fields: object, options: object = {}) =>
  ok('POST', `/v0/${baseId}/${table}`, { fields, ...options });
const read = async (table: string, id: string, query = '') =>
  (await ok('GET', `/v0/${baseId}/${table}/${id}${query}`)).fields;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
  const made = await ok('POST', '/v0/meta/bases', {
    name: 'Types',
    workspaceId: 'default',
    tables: [
      {
        name: 'All',
        description: 'Every type',
        fields: [
          { name: 'Text', type: 'singleLineText' },
          { name: 'Number', type: 'number', options: { precision: 2 } },
          { name: 'Money', type: 'currency', options: { precision: 2, symbol: '€' } },
          { name: 'Share', type: 'percent', options: { precision: 1 } },
          { name: 'Length', type: 'duration', options: { durationFormat: 'h:mm:ss' } },
          { name: 'Stars', type: 'rating', options: { max: 5, icon: 'star', color: 'yellowBright' } },
          { name: 'Check', type: 'checkbox' },
          { name: 'Day', type: 'date', options: { dateFormat: { name: 'us' } } },
          { name: 'Time', type: 'dateTime', options: { timeZone: 'client', timeFormat: { name: '24hour' } } },
          { name: 'One', type: 'singleSelect', options: { choices: [{ name: 'b' }, { name: 'a' }] } },
          { name: 'Many', type: 'multipleSelects', options: { choices: [{ name: 'x' }, { name: 'y' }] } },
          { name: 'Files', type: 'multipleAttachments' },
          { name: 'Code', type: 'barcode' },
          { name: 'Auto', type: 'autoNumber' },
          { name: 'Created', type: 'createdTime' },
          { name: 'Changed', type: 'lastModifiedTime' },
          { name: 'Double', type: 'formula', options: { formula: '{Number} * 2' } },
        ],
      },
      {
        name: 'Orders',
        fields: [
          { name: 'Title', type: 'singleLineText' },
          { name: 'Sum', type: 'number', options: { precision: 0 } },
        ],
      },
      { name: 'Clients', fields: [{ name: 'Name', type: 'singleLineText' }] },
    ],
  });
  baseId = made.id;
  for (const { id, name } of made.tables) tables[name] = id;
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

const cells = {
  Text: 'Ünïcödé 🚀',
  Number: 12.5,
  Money: 9.99,
  Share: 0.255,
  Length: 3725,
  Stars: 4,
  Check: true,
  Day: '2025-08-07',
  Time: '2025-08-07T12:34:56.000Z',
  One: 'a',
  Many: ['y', 'x'],
  Code: { text: '4006381333931', type: 'ean13' },
};

describe('cells', () => {
  it('come back as they were written, with computed ones beside them', async () => {
    const made = await create('All', { ...cells, Files: [{ url: 'https://example.com/a%20b.pdf' }] });
    expect(made.fields).toEqual({
      ...cells,
      Files: [
        {
          id: expect.stringMatching(/^att/),
          url: 'https://example.com/a%20b.pdf',
          filename: 'a b.pdf',
        },
      ],
      Auto: 1,
      Created: made.createdTime,
      Changed: made.createdTime,
      Double: 25,
    });
    expect(await read('All', made.id)).toEqual(made.fields);
  });

  it('are written out as text when asked for', async () => {
    const { id } = await create('All', cells);
    const text = await read('All', id, '?cellFormat=string&timeZone=Europe/Berlin&userLocale=en-US');
    expect(text).toMatchObject({
      Number: '12.50',
      Money: '€9.99',
      Share: '25.5%',
      Length: '1:02:05',
      Stars: '4',
      Check: 'checked',
      Day: '8/7/2025',
      Time: '2025-08-07 14:34',
      One: 'a',
      Many: 'y, x',
      Code: '4006381333931',
      Double: '25',
    });
  });

  it('are named by field id when asked for', async () => {
    const { id } = await create('All', { Text: 'x' });
    const fields = await read('All', id, '?returnFieldsByFieldId=1');
    expect(Object.keys(fields).every((name) => name.startsWith('fld'))).toBe(true);
    expect(Object.values(fields)).toContain('x');
  });

  it('without a value are left out', async () => {
    const { id } = await create('All', {
      Text: '',
      Number: null,
      Check: false,
      Many: [],
      Files: [],
      One: '',
    });
    expect(Object.keys(await read('All', id)).sort()).toEqual(['Auto', 'Changed', 'Created', 'Double']);
  });

  it('keep the attachments that an update names by id', async () => {
    const { id, fields } = await create('All', {
      Files: [{ url: 'https://example.com/1' }, { url: 'https://example.com/2', filename: 'two' }],
    });
    const updated = await ok('PATCH', `/v0/${baseId}/All/${id}`, {
      fields: { Files: [{ id: fields.Files[1].id }] },
    });
    expect(updated.fields.Files).toEqual([fields.Files[1]]);
  });

  it.each([
    ['Text', 7],
    ['Number', '7'],
    ['Number', true],
    ['Stars', 6],
    ['Stars', 1.5],
    ['Check', 'yes'],
    ['Day', '2025-13-01'],
    ['Time', 'yesterday'],
    ['One', ['a']],
    ['Many', 'x'],
    ['Files', [{ url: 'file:///etc/passwd' }]],
    ['Files', [{ url: 'javascript:alert(1)' }]],
    ['Files', [{ id: 'attAAAAAAAAAAAAAA' }]],
    ['Code', '123'],
    ['Auto', 7],
    ['Double', 7],
    ['Created', '2025-01-01T00:00:00.000Z'],
  ])('of field %s refuse %j', async (field, value) => {
    const answer = await gateway.call(user, 'POST', `/v0/${baseId}/All`, { fields: { [field]: value } });
    expect(answer).toMatchObject({ status: 422, body: { error: { type: 'INVALID_VALUE_FOR_COLUMN' } } });
  });

  it('are converted with typecast', async () => {
    const { fields } = await create(
      'All',
      {
        Text: 7,
        Number: '1,234.5',
        Share: '50%',
        Length: '1:30',
        Check: 'yes',
        Many: 'x, z',
        One: 'new',
        Code: '123',
        Day: '7 August 2025',
      },
      { typecast: true },
    );
    expect(fields).toMatchObject({
      Text: '7',
      Number: 1234.5,
      Share: 0.5,
      Length: 5400,
      Check: true,
      Many: ['x', 'z'],
      One: 'new',
      Code: { text: '123' },
      Day: '2025-08-07',
    });
  });

  it('of select fields sort by the order of their choices, empty ones first', async () => {
    const made = [];
    for (const One of ['a', undefined, 'b']) made.push(await create('All', { Text: 'sorted', One }));
    const list = await ok(
      'GET',
      `/v0/${baseId}/All?sort[0][field]=One&filterByFormula=${encodeURIComponent("{Text}='sorted'")}`,
    );
    expect(list.records.map(({ fields }: { fields: { One?: string } }) => fields.One)).toEqual([
      undefined,
      'b',
      'a',
    ]);
  });
});

describe('links', () => {
  it('are the same on both sides, feed computed fields, and forget deleted records', async () => {
    const link = await addField('Orders', {
      name: 'Client',
      type: 'multipleRecordLinks',
      options: { linkedTableId: tables.Clients },
    });
    expect(link.options).toMatchObject({
      linkedTableId: tables.Clients,
      isReversed: false,
      prefersSingleRecordLink: false,
    });
    for (const field of [
      { name: 'Orders made', type: 'count', options: { recordLinkFieldId: 'Orders' } },
      {
        name: 'Sums',
        type: 'multipleLookupValues',
        options: { recordLinkFieldId: 'Orders', fieldIdInLinkedTable: 'Sum' },
      },
      {
        name: 'Total',
        type: 'rollup',
        options: { recordLinkFieldId: 'Orders', fieldIdInLinkedTable: 'Sum', formula: 'SUM(values)' },
      },
      { name: 'Label', type: 'formula', options: { formula: '{Name} & ": " & {Orders} & " = " & {Total}' } },
    ])
      await addField('Clients', field);
    const ada = await create('Clients', { Name: 'Ada' });
    const bob = await create('Clients', { Name: 'Bob' });
    const first = await create('Orders', { Title: 'first', Sum: 10, Client: [ada.id] });
    const second = await create('Orders', { Title: 'second', Sum: 5, Client: [ada.id, bob.id] });

    expect(await read('Clients', ada.id)).toEqual({
      Name: 'Ada',
      Orders: [first.id, second.id],
      'Orders made': 2,
      Sums: [10, 5],
      Total: 15,
      Label: 'Ada: first, second = 15',
    });
    const found = await ok(
      'GET',
      `/v0/${baseId}/Orders?filterByFormula=${encodeURIComponent("FIND('Bob', {Client})")}`,
    );
    expect(found.records.map(({ id }: { id: string }) => id)).toEqual([second.id]);

    await ok('PATCH', `/v0/${baseId}/Clients/${bob.id}`, { fields: { Orders: [first.id] } });
    expect((await read('Orders', first.id)).Client).toEqual([ada.id, bob.id]);
    expect((await read('Orders', second.id)).Client).toEqual([ada.id]);

    await ok('DELETE', `/v0/${baseId}/Clients/${ada.id}`);
    expect((await read('Orders', first.id)).Client).toEqual([bob.id]);
    expect(await read('Orders', second.id)).toEqual({ Title: 'second', Sum: 5 });

    const named = await create('Orders', { Title: 'third', Client: 'Bob, Cleo' }, { typecast: true });
    const [, cleo] = named.fields.Client;
    expect(named.fields.Client[0]).toBe(bob.id);
    expect(await read('Clients', cleo)).toMatchObject({ Name: 'Cleo', Orders: [named.id] });
  });
});

describe('the metadata', () => {
  it('shows tables with all that was defined', async () => {
    const { tables: shown } = await ok('GET', `/v0/meta/bases/${baseId}/tables`);
    const all = shown.find(({ name }: { name: string }) => name === 'All');
    expect(all).toMatchObject({
      id: tables.All,
      description: 'Every type',
      views: [{ name: 'Grid view', type: 'grid' }],
    });
    expect(all.fields[0]).toMatchObject({ id: all.primaryFieldId, name: 'Text' });
    const byName = Object.fromEntries(all.fields.map((field: { name: string }) => [field.name, field]));
    expect(byName.Money.options).toEqual({ precision: 2, symbol: '€' });
    expect(byName.Day.options).toEqual({ dateFormat: { name: 'us', format: 'M/D/YYYY' } });
    expect(byName.One.options.choices[0]).toMatchObject({ id: expect.stringMatching(/^sel/), name: 'b' });
    expect(byName.Double.options).toMatchObject({
      isValid: true,
      formula: `{${byName.Number.id}} * 2`,
      referencedFieldIds: [byName.Number.id],
    });
  });

  it('renames fields and choices without touching records or breaking formulas', async () => {
    const { id } = await create('All', { Number: 4, One: 'a' });
    const { tables: shown } = await ok('GET', `/v0/meta/bases/${baseId}/tables`);
    const { fields } = shown.find(({ name }: { name: string }) => name === 'All');
    const field = (name: string) => fields.find((one: { name: string }) => one.name === name);
    const path = (name: string) => `/v0/meta/bases/${baseId}/tables/All/fields/${field(name).id}`;
    await ok('PATCH', path('Number'), { name: 'Amount', description: 'How much' });
    const choices = field('One').options.choices.map((choice: { name: string }) =>
      choice.name === 'a' ? { ...choice, name: 'alpha' } : choice,
    );
    await ok('PATCH', path('One'), { options: { choices } });
    expect(await read('All', id)).toMatchObject({ Amount: 4, One: 'alpha', Double: 8 });
    const taken = await gateway.call(user, 'PATCH', path('One'), {
      options: { choices: [{ name: 'alpha' }] },
    });
    expect(taken.status).toBe(422);
    const twice = await gateway.call(user, 'PATCH', path('One'), { name: 'Text' });
    expect(twice).toMatchObject({ status: 422, body: { error: { type: 'DUPLICATE_OR_EMPTY_FIELD_NAME' } } });
  });

  it('adds and renames tables', async () => {
    const table = await ok('POST', `/v0/meta/bases/${baseId}/tables`, {
      name: 'Later',
      fields: [{ name: 'Name', type: 'email' }],
    });
    const renamed = await ok('PATCH', `/v0/meta/bases/${baseId}/tables/${table.id}`, { name: 'Sooner' });
    expect(renamed).toMatchObject({ id: table.id, name: 'Sooner', fields: [{ name: 'Name' }] });
    expect(await ok('GET', `/v0/${baseId}/Sooner`)).toEqual({ records: [] });
  });

  it('refuses a circle of formulas', async () => {
    await addField('Orders', { name: 'F1', type: 'formula', options: { formula: '{Sum} + 1' } });
    const second = await addField('Orders', {
      name: 'F2',
      type: 'formula',
      options: { formula: '{F1} + 1' },
    });
    expect(second.options.isValid).toBe(true);
    const { tables: shown } = await ok('GET', `/v0/meta/bases/${baseId}/tables`);
    const { fields } = shown.find(({ name }: { name: string }) => name === 'Orders');
    const { id } = fields.find((one: { name: string }) => one.name === 'F1');
    const answer = await gateway.call(
      user,
      'PATCH',
      `/v0/meta/bases/${baseId}/tables/${tables.Orders}/fields/${id}`,
      { options: { formula: '{F2} + 1' } },
    );
    expect(answer.status).toBe(422);
  });
});

describe('last modified times', () => {
  it('follow the record, or the fields named', async () => {
    await addField('Orders', {
      name: 'Title changed',
      type: 'lastModifiedTime',
      options: { referencedFieldIds: ['Title'] },
    });
    const { id, fields } = await create('Orders', { Title: 'x', Sum: 1 });
    const before = fields['Title changed'];
    const updated = await ok('PATCH', `/v0/${baseId}/Orders/${id}`, { fields: { Sum: 2 } });
    expect(updated.fields['Title changed']).toBe(before);
    const list = await ok(
      'GET',
      `/v0/${baseId}/Orders?filterByFormula=${encodeURIComponent(
        `AND(RECORD_ID()='${id}', NOT(IS_BEFORE(LAST_MODIFIED_TIME({Sum}), LAST_MODIFIED_TIME({Title}))))`,
      )}`,
    );
    expect(list.records.length).toBe(1);
  });
});
