import { errorOf, type Use, withThing } from './use.ts';

/** Writing: create, update, replace, destroy, and the methods of a record. */
export const writeUses: readonly Use[] = [
  {
    name: 'create: one record',
    expected: { Name: 'A', Number: 1.5 },
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1.5 }, async ({ fields }) => ({
        Name: fields.Name,
        Number: fields.Number,
      })),
  },
  {
    name: 'create: ten records, in the order of the request',
    expected: Array.from({ length: 10 }, (_, n) => n),
    observe: async ({ things }) => {
      const made = await things.create(Array.from({ length: 10 }, (_, n) => ({ fields: { Number: n } })));
      await things.destroy(made.map(({ id }) => id));
      return made.map((record) => record.get('Number'));
    },
  },
  {
    name: 'create: eleven records',
    expected: ['INVALID_RECORDS', 422],
    observe: ({ things }) =>
      errorOf(() => things.create(Array.from({ length: 11 }, () => ({ fields: { Name: 'A' } })))),
  },
  {
    name: 'create: by callback',
    expected: 'A',
    observe: ({ things }) =>
      new Promise((resolve, reject) =>
        things.create({ Name: 'A' }, (error, record) => {
          if (error || !record) return reject(error);
          things.destroy(record.id).then(() => resolve(record.get('Name')), reject);
        }),
      ),
  },
  {
    name: 'create: a field by its id',
    expected: 'A',
    observe: async (context) =>
      withThing(context, { [context.fieldIds.Name as string]: 'A' }, async (record) => record.get('Name')),
  },
  {
    name: 'create: a new choice with typecast',
    expected: 'Later',
    observe: (context) => withThing(context, { Status: 'Later' }, async (record) => record.get('Status')),
  },
  {
    name: 'create: a new choice without typecast',
    expected: ['INVALID_MULTIPLE_CHOICE_OPTIONS', 422],
    observe: ({ things }) => errorOf(() => things.create({ Status: 'Unheard of' })),
  },
  {
    name: 'create: a number as text with typecast',
    expected: 4.5,
    observe: (context) => withThing(context, { Number: '4.5' }, async (record) => record.get('Number')),
  },
  {
    name: 'create: a number as text without typecast',
    expected: ['INVALID_VALUE_FOR_COLUMN', 422],
    observe: ({ things }) => errorOf(() => things.create({ Number: '4.5' })),
  },
  {
    name: 'create: a time with an offset and a zone, with typecast',
    expected: '2024-02-29T09:00:00.000Z',
    observe: (context) =>
      withThing(context, { At: new Date('2024-02-29T10:00:00+01:00').toString() }, async (record) =>
        record.get('At'),
      ),
  },
  {
    name: 'create: cells of every simple kind',
    expected: { Day: '2024-02-29', Share: 0.125, Stars: 4, Tags: ['Todo', 'Done'], Email: 'a@example.com' },
    observe: (context) => {
      const cells = { Day: '2024-02-29', Share: 0.125, Stars: 4, Tags: ['Todo', 'Done'] };
      return withThing(context, { ...cells, Email: 'a@example.com' }, async (record) => ({
        Day: record.get('Day'),
        Share: record.get('Share'),
        Stars: record.get('Stars'),
        Tags: record.get('Tags'),
        Email: record.get('Email'),
      }));
    },
  },
  {
    name: 'create: an attachment by URL',
    expected: ['logo.png'],
    observe: (context) =>
      withThing(context, { Files: [{ url: 'https://example.com/logo.png' }] }, async (record) =>
        (record.get('Files') as unknown as { filename: string }[]).map(({ filename }) => filename),
      ),
  },
  {
    name: 'create: computed fields are in the response',
    expected: [3, { specialValue: 'NaN' }, { error: '#ERROR!' }],
    observe: (context) =>
      withThing(context, { Number: 1.5 }, async (record) => [
        record.get('Twice'),
        record.get('NaN'),
        record.get('Broken'),
      ]),
  },
  {
    name: 'update: one record keeps the other cells',
    expected: ['B', 1],
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1 }, async ({ id }) => {
        const updated = await context.things.update(id, { Name: 'B' });
        return [updated.get('Name'), updated.get('Number')];
      }),
  },
  {
    name: 'update: several records',
    expected: ['B'],
    observe: (context) =>
      withThing(context, { Name: 'A' }, async ({ id }) =>
        (await context.things.update([{ id, fields: { Name: 'B' } }])).map((record) => record.get('Name')),
      ),
  },
  {
    name: 'update: empty values clear cells',
    expected: [undefined, undefined, undefined],
    observe: (context) =>
      withThing(context, { Name: 'A', Done: true, Tags: ['Todo'] }, async ({ id }) => {
        const cleared = { Name: '', Done: false, Tags: [] };
        const updated = await context.things.update(id, cleared);
        return [updated.get('Name'), updated.get('Done'), updated.get('Tags')];
      }),
  },
  {
    name: 'update: with typecast',
    expected: [2, 'Soon'],
    observe: (context) =>
      withThing(context, { Name: 'A' }, async ({ id }) => {
        const updated = await context.things.update(id, { Number: '2', Status: 'Soon' }, { typecast: true });
        return [updated.get('Number'), updated.get('Status')];
      }),
  },
  {
    name: 'replace: one record clears the other cells',
    expected: [undefined, 2],
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1 }, async ({ id }) => {
        const replaced = await context.things.replace(id, { Number: 2 });
        return [replaced.get('Name'), replaced.get('Number')];
      }),
  },
  {
    name: 'replace: several records',
    expected: [[undefined, 2]],
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1 }, async ({ id }) =>
        (await context.things.replace([{ id, fields: { Number: 2 } }])).map((record) => [
          record.get('Name'),
          record.get('Number'),
        ]),
      ),
  },
  {
    name: 'destroy: one and several records',
    expected: [true, 2, 0],
    observe: async ({ things }) => {
      const made = await things.create([{ fields: {} }, { fields: {} }, { fields: {} }]);
      const [first, ...others] = made.map(({ id }) => id);
      const gone = await things.destroy(first as string);
      const several = await things.destroy(others);
      return [gone.id === first, several.length, (await things.select().all()).length];
    },
  },
  {
    name: 'destroy: a record that does not exist',
    expected: ['NOT_FOUND', 404],
    observe: ({ things }) => errorOf(() => things.destroy('rec00000000000000')),
  },
  {
    name: 'record: set and save',
    expected: 'B',
    observe: (context) =>
      withThing(context, { Name: 'A' }, async (made) => {
        // Computed cells and cells that the client may not write are not part of what it saves.
        const [record] = await context.things
          .select({ fields: ['Name'], filterByFormula: `RECORD_ID() = '${made.id}'` })
          .firstPage();
        record?.set('Name', 'B');
        await record?.save();
        return (await context.things.find(made.id)).get('Name');
      }),
  },
  {
    name: 'record: patchUpdate, putUpdate and fetch',
    expected: ['B', 'C', undefined],
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1 }, async (record) => {
        const patched = (await record.patchUpdate({ Name: 'B' })).get('Name');
        const put = await record.putUpdate({ Name: 'C' });
        const fetched = await record.fetch();
        return [patched, put.get('Name'), fetched.get('Number')];
      }),
  },
  {
    name: 'links: written by id, looked up',
    expected: [true, 1, [3], [{ error: '#ERROR!' }]],
    observe: (context) =>
      withThing(context, { Name: 'A', Number: 1.5 }, async ({ id }) => {
        const linked = await context.things.update(id, { Itself: [id] });
        const itself = linked.get('Itself') as unknown as string[];
        return [
          itself[0] === id,
          linked.get('Links'),
          linked.get('Looked up'),
          linked.get('Looked up error'),
        ];
      }),
  },
];
