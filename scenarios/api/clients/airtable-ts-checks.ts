import { isDeepStrictEqual } from 'node:util';
import { AirtableTs, type Table } from 'airtable-ts';
import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { airtableEndpoint, clientCheck } from '../client-check.ts';
import { typedClientBreak } from './client-breaks.ts';

interface Person {
  id: string;
  name: string;
  age: number | null;
  happy: boolean;
  /** Unix time in seconds. */
  born: number | null;
  tags: string[];
  friends: string[];
  twice: number | null;
  friendsAges: number[];
}

const definition = {
  name: 'airtable-ts',
  workspaceId: 'default',
  tables: [
    {
      name: 'People',
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Age', type: 'number', options: { precision: 0 } },
        { name: 'Happy', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
        { name: 'Born', type: 'date', options: { dateFormat: { name: 'iso' } } },
        { name: 'Tags', type: 'multipleSelects', options: { choices: [{ name: 'New' }, { name: 'Old' }] } },
        { name: 'Twice', type: 'formula', options: { formula: '{Age} * 2' } },
      ],
    },
  ],
};

/** Creates the table, and describes it as a program that uses the client does. */
async function createTable(context: CheckContext, account: Account): Promise<Table<Person>> {
  const send = sendAs(context, account);
  const path = '/api/airtable/v0/meta/bases';
  const made = (await prepare(send, 'POST', path, definition)) as {
    id: string;
    tables: { id: string; fields: { id: string; name: string }[] }[];
  };
  const [people] = made.tables;
  if (people === undefined) throw new ProductFailure('The new base has no table.');
  const ids = Object.fromEntries(people.fields.map(({ id, name }) => [name, id]));
  const addField = async (name: string, type: string, options: object): Promise<string> => {
    const fields = `${path}/${made.id}/tables/${people.id}/fields`;
    return ((await prepare(send, 'POST', fields, { name, type, options })) as { id: string }).id;
  };
  const friends = await addField('Friends', 'multipleRecordLinks', { linkedTableId: people.id });
  const friendsAges = await addField('Friends’ ages', 'multipleLookupValues', {
    recordLinkFieldId: friends,
    fieldIdInLinkedTable: ids.Age,
  });
  return {
    name: 'People',
    baseId: made.id,
    tableId: people.id,
    mappings: {
      name: ids.Name as string,
      age: ids.Age as string,
      happy: ids.Happy as string,
      born: ids.Born as string,
      tags: ids.Tags as string,
      friends,
      twice: ids.Twice as string,
      friendsAges,
    },
    schema: {
      name: 'string',
      age: 'number | null',
      happy: 'boolean',
      born: 'number | null',
      tags: 'string[]',
      friends: 'string[]',
      twice: 'number | null',
      friendsAges: 'number[]',
    },
  };
}

const leapDay = Date.UTC(2024, 1, 29) / 1000;
const nobody = { name: '', age: null, happy: false, born: null, tags: [], friends: [], friendsAges: [] };

/** Uses every method of the client. Returns the values that differ. */
async function wrongValues(db: AirtableTs, table: Table<Person>): Promise<string[]> {
  const wrong: string[] = [];
  function compare(name: string, seen: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(seen, expected))
      wrong.push(`${name}: saw ${JSON.stringify(seen)}, expected ${JSON.stringify(expected)}`);
  }
  const values: Partial<Omit<Person, 'id'>> = {
    name: 'Ada',
    age: 36,
    happy: true,
    born: leapDay,
    tags: ['New'],
    friends: [],
  };
  const ada: Person = await db.insert(table, values);
  compare('insert', ada, { id: ada.id, ...values, twice: 72, friendsAges: [] });
  const updated = await db.update(table, { id: ada.id, age: 37, happy: false, friends: [ada.id] });
  const expected = { ...ada, age: 37, happy: false, friends: [ada.id], twice: 74, friendsAges: [37] };
  compare('update', updated, expected);
  compare('get', await db.get(table, ada.id), expected);
  const blank = await db.insert(table, {});
  compare('insert without values', blank, { id: blank.id, ...nobody, twice: 0 });
  const found = await db.scan(table, { filterByFormula: '{Age} > 36' });
  compare('scan with a filter', found, [expected]);
  compare(
    'scan',
    (await db.scan(table)).map(({ id }) => id),
    [ada.id, blank.id],
  );
  compare('table', (await db.table(table)).fields.length, 8);
  compare('remove', await db.remove(table, ada.id), { id: ada.id });
  const missing = await db.get(table, ada.id).then(
    () => 'found',
    (error: { statusCode?: number }) => error.statusCode,
  );
  compare('get after remove', missing, 404);
  return wrong;
}

export const airtableTs = defineCheck({
  ...clientCheck,
  id: 'api.clients.airtable-ts',
  title: 'The typed client airtable-ts reads and writes records',
  why: 'It compares every value with the schema, so it rejects what looser clients pass on.',
  severity: 'high',
  services: ['gateway', 'airtable-gateway'],
  timeoutMs: 60_000,
  expects: { wrong: empty() },
  breaks: [typedClientBreak],
  async run(context) {
    const account = await context.account();
    const table = await createTable(context, account);
    const db = new AirtableTs({
      apiKey: account.accessToken,
      endpointUrl: airtableEndpoint(context.stack.services.gateway),
      noRetryIfRateLimited: true,
      requestTimeout: 10_000,
    });
    return { wrong: await wrongValues(db, table) };
  },
});
