import type Airtable from 'airtable';
import { errorOf, type Use, type UseContext } from './use.ts';

type SelectOptions = Airtable.SelectOptions<Airtable.FieldSet>;

/** Number of people: `Person 0` to `Person 24`, of that age. */
export const peopleCount = 25;

async function ages({ people }: UseContext, options: SelectOptions): Promise<unknown[]> {
  return (await people.select(options).all()).map((record) => record.get('Age'));
}

function pages({ people }: UseContext, options: SelectOptions): Promise<number[]> {
  const sizes: number[] = [];
  return people
    .select(options)
    .eachPage((records, next) => {
      sizes.push(records.length);
      next();
    })
    .then(() => sizes);
}

const everyAge = Array.from({ length: peopleCount }, (_, age) => age);
/** A formula that is true for one person and has at least `length` characters. */
const longFormula = (length: number): string => `AND({Age} = 7, {Name} != '${'x'.repeat(length)}')`;

/** Reading: select with every option, pages, single records. */
export const readUses: readonly Use[] = [
  { name: 'select: all', expected: everyAge, observe: (context) => ages(context, {}) },
  {
    name: 'select: first page',
    expected: 10,
    observe: async ({ people }) => (await people.select({ pageSize: 10 }).firstPage()).length,
  },
  {
    name: 'select: pages by promise',
    expected: [10, 10, 5],
    observe: (context) => pages(context, { pageSize: 10 }),
  },
  {
    name: 'select: pages by callback',
    expected: [10, 10, 5],
    observe: ({ people }) =>
      new Promise((resolve, reject) => {
        const sizes: number[] = [];
        people.select({ pageSize: 10 }).eachPage(
          (records, next) => {
            sizes.push(records.length);
            next();
          },
          (error) => (error ? reject(error) : resolve(sizes)),
        );
      }),
  },
  {
    name: 'select: maximum number of records',
    expected: [10, 2],
    observe: (context) => pages(context, { pageSize: 10, maxRecords: 12 }),
  },
  {
    name: 'select: a page size below the maximum number of records',
    expected: [0, 1, 2],
    observe: (context) => ages(context, { pageSize: 1, maxRecords: 3 }),
  },
  {
    name: 'select: filter',
    expected: [20, 21, 22, 23, 24],
    observe: (context) => ages(context, { filterByFormula: '{Age} >= 20' }),
  },
  {
    name: 'select: filter that no record fits',
    expected: [],
    observe: (context) => ages(context, { filterByFormula: "{Name} = 'Nobody'" }),
  },
  {
    name: 'select: empty filter',
    expected: peopleCount,
    observe: async (context) => (await ages(context, { filterByFormula: '' })).length,
  },
  {
    name: 'select: filter by record id',
    expected: [3],
    observe: async (context) => {
      const [, , , record] = await context.people.select().firstPage();
      return ages(context, { filterByFormula: `RECORD_ID() = '${record?.id}'` });
    },
  },
  {
    name: 'select: sort in ascending order',
    expected: everyAge,
    observe: (context) => ages(context, { sort: [{ field: 'Age' }] }),
  },
  {
    name: 'select: sort in descending order, in pages',
    expected: everyAge.toReversed(),
    observe: (context) => ages(context, { sort: [{ field: 'Age', direction: 'desc' }], pageSize: 7 }),
  },
  {
    name: 'select: sort by two fields',
    expected: [24, 22, 20, 18],
    observe: (context) =>
      ages(context, {
        sort: [
          { field: 'Even', direction: 'desc' },
          { field: 'Age', direction: 'desc' },
        ],
        maxRecords: 4,
      }),
  },
  {
    name: 'select: named fields',
    expected: { Age: 0 },
    observe: async ({ people }) => (await people.select({ fields: ['Age'] }).firstPage())[0]?.fields,
  },
  {
    name: 'select: no fields',
    expected: peopleCount,
    observe: async ({ people }) => (await people.select({ fields: [] }).all()).length,
  },
  {
    name: 'select: view',
    expected: everyAge,
    observe: (context) => ages(context, { view: 'Grid view' }),
  },
  {
    name: 'select: cells as text',
    expected: ['7', 'checked'],
    observe: async ({ people }) => {
      const options = { cellFormat: 'string', timeZone: 'utc', userLocale: 'en' } as const;
      const [record] = await people.select({ ...options, filterByFormula: '{Age} = 7' }).firstPage();
      const [even] = await people.select({ ...options, filterByFormula: '{Age} = 8' }).firstPage();
      return [record?.get('Age'), even?.get('Even')];
    },
  },
  {
    name: 'select: fields by id',
    expected: [['A']],
    observe: async ({ things, fieldIds }) => {
      const made = await things.create({ Name: 'A' });
      const options = { returnFieldsByFieldId: true, fields: [fieldIds.Name as string] };
      const records = await things.select(options).all();
      await things.destroy(made.id);
      return records.map((record) => [record.get(fieldIds.Name as string)]);
    },
  },
  {
    name: 'select: number of comments',
    expected: 0,
    observe: async ({ people }) =>
      (await people.select({ recordMetadata: ['commentCount'], maxRecords: 1 }).firstPage())[0]?.commentCount,
  },
  {
    name: 'select: as a POST',
    expected: [5, 6],
    observe: (context) => ages(context, { method: 'post', filterByFormula: 'AND({Age} > 4, {Age} < 7)' }),
  },
  {
    name: 'select: pages as POSTs',
    expected: [10, 10, 5],
    observe: (context) => pages(context, { method: 'post', pageSize: 10 }),
  },
  {
    name: 'select: named fields and sort as a POST',
    expected: [{ Age: 24 }],
    observe: async ({ people }) => {
      const sort = [{ field: 'Age', direction: 'desc' as const }];
      const records = await people.select({ method: 'post', fields: ['Age'], sort, maxRecords: 1 }).all();
      return records.map(({ fields }) => fields);
    },
  },
  {
    name: 'select: formula of 10,000 characters',
    expected: [7],
    observe: (context) => ages(context, { filterByFormula: longFormula(10_000) }),
  },
  {
    name: 'select: URL just below the longest that the client sends',
    expected: [7],
    observe: (context) => ages(context, { filterByFormula: longFormula(14_800) }),
  },
  {
    name: 'select: formula too long for a URL',
    expected: [7],
    observe: (context) => ages(context, { filterByFormula: longFormula(17_000) }),
  },
  {
    name: 'find: a record',
    expected: 'Person 3',
    observe: async ({ people }) => {
      const [, , , record] = await people.select().firstPage();
      return (await people.find(record?.id as string)).get('Name');
    },
  },
  {
    name: 'find: by callback',
    expected: 'Person 0',
    observe: async ({ people }) => {
      const [record] = await people.select().firstPage();
      return new Promise((resolve, reject) =>
        people.find(record?.id as string, (error, found) =>
          error ? reject(error) : resolve(found?.get('Name')),
        ),
      );
    },
  },
  {
    name: 'find: a record that does not exist',
    expected: ['NOT_FOUND', 404],
    observe: ({ people }) => errorOf(() => people.find('rec00000000000000')),
  },
  {
    name: 'table: by name without regard to case',
    expected: peopleCount,
    observe: async ({ base }) => (await base('PEOPLE').select().all()).length,
  },
  {
    name: 'table: by a name with a space, a quote and an umlaut',
    expected: ['Möbel'],
    observe: async ({ base }) => {
      const table = base("Bob's Möbel & more?");
      const made = await table.create({ Name: 'Möbel' });
      const records = await table.select().all();
      await table.destroy(made.id);
      return records.map((record) => record.get('Name'));
    },
  },
  {
    name: 'table: by a name with a slash',
    expected: ['A'],
    observe: async ({ base }) => {
      const table = base('In/Out');
      const made = await table.create({ Name: 'A' });
      const records = await table.select().all();
      await table.destroy(made.id);
      return records.map((record) => record.get('Name'));
    },
  },
];
