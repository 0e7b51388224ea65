import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { makeTypedBase, type TypedBase } from '../../testing/typed-base.ts';

let gateway: TemporaryAirtableGateway;
let base: TypedBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  base = await makeTypedBase(gateway);
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

describe('links', () => {
  it('agree on both sides, feed computed fields, and drop deleted records', async () => {
    const link = await base.addField('Orders', {
      name: 'Client',
      type: 'multipleRecordLinks',
      options: { linkedTableId: base.tables.Clients },
    });
    expect(link.options).toMatchObject({
      linkedTableId: base.tables.Clients,
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
      await base.addField('Clients', field);
    const ada = await base.create('Clients', { Name: 'Ada' });
    const bob = await base.create('Clients', { Name: 'Bob' });
    const first = await base.create('Orders', { Title: 'first', Sum: 10, Client: [ada.id] });
    const second = await base.create('Orders', { Title: 'second', Sum: 5, Client: [ada.id, bob.id] });

    expect(await base.read('Clients', ada.id)).toEqual({
      Name: 'Ada',
      Orders: [first.id, second.id],
      'Orders made': 2,
      Sums: [10, 5],
      Total: 15,
      Label: 'Ada: first, second = 15',
    });
    const found = await base.ok(
      'GET',
      `/v0/${base.baseId}/Orders?filterByFormula=${encodeURIComponent("FIND('Bob', {Client})")}`,
    );
    expect(found.records.map(({ id }: { id: string }) => id)).toEqual([second.id]);

    await base.ok('PATCH', `/v0/${base.baseId}/Clients/${bob.id}`, { fields: { Orders: [first.id] } });
    expect((await base.read('Orders', first.id)).Client).toEqual([ada.id, bob.id]);
    expect((await base.read('Orders', second.id)).Client).toEqual([ada.id]);

    await base.ok('DELETE', `/v0/${base.baseId}/Clients/${ada.id}`);
    expect((await base.read('Orders', first.id)).Client).toEqual([bob.id]);
    expect(await base.read('Orders', second.id)).toEqual({ Title: 'second', Sum: 5 });

    const named = await base.create('Orders', { Title: 'third', Client: 'Bob, Cleo' }, { typecast: true });
    const [, cleo] = named.fields.Client;
    expect(named.fields.Client[0]).toBe(bob.id);
    expect(await base.read('Clients', cleo)).toMatchObject({ Name: 'Cleo', Orders: [named.id] });
  });
});

describe('the metadata', () => {
  it('shows tables as they were defined', async () => {
    const { tables: shown } = await base.ok('GET', `/v0/meta/bases/${base.baseId}/tables`);
    const all = shown.find(({ name }: { name: string }) => name === 'All');
    expect(all).toMatchObject({
      id: base.tables.All,
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

  it('renames fields and choices without changing records or breaking formulas', async () => {
    const { id } = await base.create('All', { Number: 4, One: 'a' });
    const { tables: shown } = await base.ok('GET', `/v0/meta/bases/${base.baseId}/tables`);
    const { fields } = shown.find(({ name }: { name: string }) => name === 'All');
    const field = (name: string) => fields.find((one: { name: string }) => one.name === name);
    const path = (name: string) => `/v0/meta/bases/${base.baseId}/tables/All/fields/${field(name).id}`;
    await base.ok('PATCH', path('Number'), { name: 'Amount', description: 'How much' });
    const choices = field('One').options.choices.map((choice: { name: string }) =>
      choice.name === 'a' ? { ...choice, name: 'alpha' } : choice,
    );
    await base.ok('PATCH', path('One'), { options: { choices } });
    expect(await base.read('All', id)).toMatchObject({ Amount: 4, One: 'alpha', Double: 8 });
    const taken = await gateway.call(base.user, 'PATCH', path('One'), {
      options: { choices: [{ name: 'alpha' }] },
    });
    expect(taken.status).toBe(422);
    const twice = await gateway.call(base.user, 'PATCH', path('One'), { name: 'Text' });
    expect(twice).toMatchObject({ status: 422, body: { error: { type: 'DUPLICATE_OR_EMPTY_FIELD_NAME' } } });
  });

  it('adds and renames tables', async () => {
    const table = await base.ok('POST', `/v0/meta/bases/${base.baseId}/tables`, {
      name: 'Later',
      fields: [{ name: 'Name', type: 'email' }],
    });
    const renamed = await base.ok('PATCH', `/v0/meta/bases/${base.baseId}/tables/${table.id}`, {
      name: 'Sooner',
    });
    expect(renamed).toMatchObject({ id: table.id, name: 'Sooner', fields: [{ name: 'Name' }] });
    expect(await base.ok('GET', `/v0/${base.baseId}/Sooner`)).toEqual({ records: [] });
  });

  it('rejects formulas that refer to each other', async () => {
    await base.addField('Orders', { name: 'F1', type: 'formula', options: { formula: '{Sum} + 1' } });
    const second = await base.addField('Orders', {
      name: 'F2',
      type: 'formula',
      options: { formula: '{F1} + 1' },
    });
    expect(second.options.isValid).toBe(true);
    const { tables: shown } = await base.ok('GET', `/v0/meta/bases/${base.baseId}/tables`);
    const { fields } = shown.find(({ name }: { name: string }) => name === 'Orders');
    const { id } = fields.find((one: { name: string }) => one.name === 'F1');
    const response = await gateway.call(
      base.user,
      'PATCH',
      `/v0/meta/bases/${base.baseId}/tables/${base.tables.Orders}/fields/${id}`,
      { options: { formula: '{F2} + 1' } },
    );
    expect(response.status).toBe(422);
  });
});

describe('last modified times', () => {
  it('follow the record or the referenced fields', async () => {
    await base.addField('Orders', {
      name: 'Title changed',
      type: 'lastModifiedTime',
      options: { referencedFieldIds: ['Title'] },
    });
    const { id, fields } = await base.create('Orders', { Title: 'x', Sum: 1 });
    const before = fields['Title changed'];
    const updated = await base.ok('PATCH', `/v0/${base.baseId}/Orders/${id}`, { fields: { Sum: 2 } });
    expect(updated.fields['Title changed']).toBe(before);
    const list = await base.ok(
      'GET',
      `/v0/${base.baseId}/Orders?filterByFormula=${encodeURIComponent(
        `AND(RECORD_ID()='${id}', NOT(IS_BEFORE(LAST_MODIFIED_TIME({Sum}), LAST_MODIFIED_TIME({Title}))))`,
      )}`,
    );
    expect(list.records.length).toBe(1);
  });
});
