import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../testing/temporary-airtable-gateway.ts';
import { makeTypedBase, type TypedBase } from '../testing/typed-base.ts';

let gateway: TemporaryAirtableGateway;
let base: TypedBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  base = await makeTypedBase(gateway);
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
  it('are returned as written, together with computed cells', async () => {
    const made = await base.create('All', { ...cells, Files: [{ url: 'https://example.com/a%20b.pdf' }] });
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
    expect(await base.read('All', made.id)).toEqual(made.fields);
  });

  it('are formatted as text with cellFormat=string', async () => {
    const { id } = await base.create('All', cells);
    const text = await base.read('All', id, '?cellFormat=string&timeZone=Europe/Berlin&userLocale=en-US');
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

  it('are keyed by field id with returnFieldsByFieldId', async () => {
    const { id } = await base.create('All', { Text: 'x' });
    const fields = await base.read('All', id, '?returnFieldsByFieldId=1');
    expect(Object.keys(fields).every((name) => name.startsWith('fld'))).toBe(true);
    expect(Object.values(fields)).toContain('x');
  });

  it('without a value are omitted', async () => {
    const { id } = await base.create('All', {
      Text: '',
      Number: null,
      Check: false,
      Many: [],
      Files: [],
      One: '',
    });
    expect(Object.keys(await base.read('All', id)).sort()).toEqual(['Auto', 'Changed', 'Created', 'Double']);
  });

  it('keep the attachments that an update names by id', async () => {
    const { id, fields } = await base.create('All', {
      Files: [{ url: 'https://example.com/1' }, { url: 'https://example.com/2', filename: 'two' }],
    });
    const updated = await base.ok('PATCH', `/v0/${base.baseId}/All/${id}`, {
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
  ])('of field %s reject %j', async (field, value) => {
    const response = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/All`, {
      fields: { [field]: value },
    });
    expect(response).toMatchObject({ status: 422, body: { error: { type: 'INVALID_VALUE_FOR_COLUMN' } } });
  });

  it('are converted with typecast', async () => {
    const { fields } = await base.create(
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
    for (const One of ['a', undefined, 'b']) made.push(await base.create('All', { Text: 'sorted', One }));
    const list = await base.ok(
      'GET',
      `/v0/${base.baseId}/All?sort[0][field]=One&filterByFormula=${encodeURIComponent("{Text}='sorted'")}`,
    );
    expect(list.records.map(({ fields }: { fields: { One?: string } }) => fields.One)).toEqual([
      undefined,
      'b',
      'a',
    ]);
  });
});
