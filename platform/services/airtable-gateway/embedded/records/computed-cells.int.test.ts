import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { makeTypedBase, type TypedBase } from '../../testing/typed-base.ts';

let gateway: TemporaryAirtableGateway;
let base: TypedBase;
let orderId: string;
let source: { id: string; fields: Record<string, unknown> };

const cells = {
  Text: 'a',
  Number: 12.5,
  Money: 9.99,
  Share: 0.125,
  Length: 3725,
  Stars: 4,
  Check: true,
  Day: '1990-05-17',
  Time: '2025-08-07T12:34:56.000Z',
  One: 'a',
  Many: ['y', 'x'],
  Code: { text: '4006381333931', type: 'ean13' },
  Files: [{ url: 'https://example.com/a.pdf' }, { url: 'https://example.com/b.pdf' }],
};

const formulas: [string, string, string][] = [
  ['FText', '{Text} & 1', 'singleLineText'],
  ['FNumber', '{Number} * 2', 'number'],
  ['FMoney', '{Money}', 'number'],
  ['FCheck', '{Number} > 2', 'checkbox'],
  ['FDay', '{Day}', 'date'],
  ['FNext', "DATEADD({Day}, 1, 'days')", 'date'],
  ['FHours', "DATEADD({Day}, 1, 'hours')", 'dateTime'],
  ['FTime', '{Time}', 'dateTime'],
  ['FEither', 'IF({Check}, {Day}, BLANK())', 'date'],
  ['FMixed', 'IF({Check}, {Day}, {Time})', 'dateTime'],
  ['FNested', 'MAX({FNext}, {Day})', 'date'],
  ['FSwitch', "SWITCH({Text}, 'a', 1, 'b', 2, 3)", 'number'],
  ['FNames', '{Many}', 'singleLineText'],
  ['Error', '1 + "x"', 'number'],
];
/** Looked-up fields, and the type of their values in the schema. */
const lookups: [string, string][] = [
  ...Object.keys(cells).map((name): [string, string] => [name, name]),
  ...formulas.map(([name]): [string, string] => [name, name]),
  ['Other', 'Other'],
  ['Auto', 'Auto'],
];
// biome-ignore lint/suspicious/noExplicitAny: options have many shapes
let schema: any;

const fieldOf = (table: string, name: string) =>
  schema.tables
    .find((one: { name: string }) => one.name === table)
    .fields.find((one: { name: string }) => one.name === name);

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  base = await makeTypedBase(gateway);
  for (const [name, formula] of formulas)
    await base.addField('All', { name, type: 'formula', options: { formula } });
  await base.addField('All', {
    name: 'Other',
    type: 'multipleRecordLinks',
    options: { linkedTableId: base.tables.Clients },
  });
  await base.addField('Orders', {
    name: 'Items',
    type: 'multipleRecordLinks',
    options: { linkedTableId: base.tables.All },
  });
  for (const [name, target] of lookups)
    await base.addField('Orders', {
      name: `Look ${name}`,
      type: 'multipleLookupValues',
      options: { recordLinkFieldId: 'Items', fieldIdInLinkedTable: target },
    });
  for (const [name, target, formula] of [
    ['Last day', 'Day', 'MAX(values)'],
    ['Last time', 'Time', 'MAX(values)'],
    ['Total', 'Money', 'SUM(values)'],
    ['Words', 'Text', 'ARRAYJOIN(values)'],
    ['Days', 'Day', 'ARRAYUNIQUE(values)'],
  ])
    await base.addField('Orders', {
      name,
      type: 'rollup',
      options: { recordLinkFieldId: 'Items', fieldIdInLinkedTable: target, formula },
    });
  await base.addField('Clients', {
    name: 'Orders',
    type: 'multipleRecordLinks',
    options: { linkedTableId: base.tables.Orders },
  });
  await base.addField('Clients', {
    name: 'Through',
    type: 'multipleLookupValues',
    options: { recordLinkFieldId: 'Orders', fieldIdInLinkedTable: 'Look Code' },
  });
  const client = await base.create('Clients', { Name: 'Ada' });
  source = await base.create('All', { ...cells, Other: [client.id] });
  const order = await base.create('Orders', { Items: [source.id] });
  orderId = order.id;
  await base.ok('PATCH', `/v0/${base.baseId}/Clients/${client.id}`, { fields: { Orders: [orderId] } });
  schema = await base.ok('GET', `/v0/meta/bases/${base.baseId}/tables`);
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

describe('a look-up', () => {
  it.each(Object.keys(cells))("of field %s contains the linked cell's own values", async (name) => {
    const fields = await base.read('Orders', orderId);
    expect(fields[`Look ${name}`]).toEqual([source.fields[name]].flat());
  });

  it('of links contains record ids', async () => {
    expect((await base.read('Orders', orderId))['Look Other']).toEqual(source.fields.Other);
  });

  it('of dates contains days, also behind formulas', async () => {
    expect(await base.read('Orders', orderId)).toMatchObject({
      'Look Day': ['1990-05-17'],
      'Look FDay': ['1990-05-17'],
      'Look FNext': ['1990-05-18'],
      'Look FHours': ['1990-05-17T01:00:00.000Z'],
    });
  });

  it('of an error cell is a list of the error', async () => {
    const error = { error: '#ERROR!' };
    expect((await base.read('Orders', orderId))['Look Error']).toEqual([error]);
  });

  it('of a look-up contains the same values', async () => {
    const [client] = (await base.ok('GET', `/v0/${base.baseId}/Clients`)).records;
    expect(client.fields.Through).toEqual([cells.Code]);
  });

  it("as text is the linked cells' own text", async () => {
    const query = '?cellFormat=string&timeZone=America/New_York&userLocale=en-US';
    expect(await base.read('Orders', orderId, query)).toMatchObject({
      'Look Share': '12.5%',
      'Look Check': 'checked',
      'Look Money': '€9.99',
      'Look Length': '1:02:05',
      'Look Day': '5/17/1990',
      'Look Code': '4006381333931',
      'Look Other': 'Ada',
      'Look Error': '#ERROR!',
    });
  });
});

describe('a computed date without a time', () => {
  it.each(['America/New_York', 'Pacific/Auckland'])('is the same day as text in %s', async (timeZone) => {
    const query = `?cellFormat=string&timeZone=${timeZone}&userLocale=en-US`;
    expect(await base.read('All', source.id, query)).toMatchObject({
      FDay: '5/17/1990',
      FNext: '1990-05-18',
      FEither: '5/17/1990',
      FNested: '1990-05-18',
    });
    expect(await base.read('Orders', orderId, query)).toMatchObject({
      'Last day': '5/17/1990',
      Days: '5/17/1990',
    });
  });

  it('is a day in JSON, as its result type says', async () => {
    expect(await base.read('All', source.id)).toMatchObject({
      FDay: '1990-05-17',
      FMixed: '1990-05-17T00:00:00.000Z',
    });
    expect(await base.read('Orders', orderId)).toMatchObject({
      'Last day': '1990-05-17',
      Days: ['1990-05-17'],
    });
  });
});

describe('the result type in the schema', () => {
  it.each(formulas)('of formula %s (%s) is %s', (name, _formula, type) => {
    expect(fieldOf('All', name).options.result.type).toBe(type);
  });

  it.each(Object.keys(cells))('of a look-up of field %s is the type of that field', (name) => {
    const { type, options } = fieldOf('All', name);
    const { result } = fieldOf('Orders', `Look ${name}`).options;
    expect(result.type).toBe(type);
    if (name !== 'Files') expect(result.options).toEqual(options);
  });

  it.each([
    ['Last day', 'date'],
    ['Last time', 'dateTime'],
    ['Total', 'number'],
    ['Words', 'singleLineText'],
  ])('of roll-up %s is %s', (name, type) => {
    expect(fieldOf('Orders', name).options.result.type).toBe(type);
  });

  it('is returned when the field is created', async () => {
    const options = { formula: '{Number} + 1' };
    const made = await base.addField('All', { name: 'New formula', type: 'formula', options });
    expect(made.options.result).toEqual({ type: 'number', options: { precision: 8 } });
  });
});
