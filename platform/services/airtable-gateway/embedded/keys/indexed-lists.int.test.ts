import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
/** Uses indexes from the first record on. The other instance computes every list. */
let indexing: ListeningGateway;
let admin: pg.Client;
let user: TestUser;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  indexing = await gateway.another({ RECORD_INDEX_FROM: '1' });
  admin = new pg.Client({ connectionString: gateway.stores.adminUrl });
  await admin.connect();
  user = await gateway.user();
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

type Instance = Pick<ListeningGateway, 'call'>;

async function ok(instance: Instance, method: string, path: string, body?: unknown) {
  const response = await instance.call(user, method, path, body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

const texts = [
  '',
  'a',
  'A',
  'ä',
  'a1',
  'a10',
  'a2',
  'a02',
  'b',
  'e\u0301',
  'é',
  '\u00ad',
  '😀',
  'z'.repeat(300),
  `${'z'.repeat(300)}a`,
];
const choices = ['one', 'two', 'three'];
const linkedNames = ['x', 'y10', 'y9'];
/** Fields with stored keys. */
const keyed = ['T', 'N', 'D', 'S', 'C', 'W', 'R', 'B'] as const;
/** Fields whose values are lists or computed. */
const computed = ['L', 'F', 'K', 'Looked', 'Auto', 'Created', 'Changed'] as const;

interface Table {
  path: string;
  baseId: string;
  tableId: string;
  fields: Record<string, string>;
}

async function makeTable(): Promise<Table> {
  const { id, tables } = await ok(gateway, 'POST', '/v0/meta/bases', {
    name: 'Indexed',
    workspaceId: 'default',
    tables: [
      {
        name: 'Items',
        fields: [
          { name: 'T', type: 'singleLineText' },
          { name: 'N', type: 'number', options: { precision: 2 } },
          { name: 'D', type: 'date' },
          { name: 'S', type: 'singleSelect', options: { choices: choices.map((name) => ({ name })) } },
          { name: 'C', type: 'checkbox' },
        ],
      },
      { name: 'Others', fields: [{ name: 'Name', type: 'singleLineText' }] },
    ],
  });
  const fields = Object.fromEntries(
    tables[0].fields.map((field: { name: string; id: string }) => [field.name, field.id]),
  );
  return { path: `/v0/${id}/Items`, baseId: id, tableId: tables[0].id, fields };
}

/** A table with fields of all kinds, and the records of the table that it links to. */
async function makeWideTable(): Promise<{ table: Table; links: string[] }> {
  const table = await makeTable();
  const add = async (definition: object) => {
    const path = `/v0/meta/bases/${table.baseId}/tables/${table.tableId}/fields`;
    const { name, id } = await ok(gateway, 'POST', path, definition);
    table.fields[name] = id;
    return id;
  };
  await add({ name: 'W', type: 'dateTime', options: { timeZone: 'utc' } });
  await add({ name: 'R', type: 'rating', options: { max: 5, icon: 'star', color: 'yellowBright' } });
  await add({ name: 'B', type: 'barcode' });
  await add({ name: 'L', type: 'multipleSelects', options: { choices: choices.map((name) => ({ name })) } });
  await add({ name: 'F', type: 'formula', options: { formula: 'LEFT({T}, 20) & MOD({N}, 2)' } });
  await add({ name: 'Auto', type: 'autoNumber' });
  await add({ name: 'Created', type: 'createdTime' });
  await add({ name: 'Changed', type: 'lastModifiedTime' });
  const { tables } = await ok(gateway, 'GET', `/v0/meta/bases/${table.baseId}/tables`);
  const others = tables.find(({ name }: { name: string }) => name === 'Others');
  const recordLinkFieldId = await add({
    name: 'K',
    type: 'multipleRecordLinks',
    options: { linkedTableId: others.id },
  });
  const fieldIdInLinkedTable = others.fields[0].id;
  await add({
    name: 'Looked',
    type: 'multipleLookupValues',
    options: { recordLinkFieldId, fieldIdInLinkedTable },
  });
  const { records } = await ok(gateway, 'POST', `/v0/${table.baseId}/Others`, {
    records: linkedNames.map((Name) => ({ fields: { Name } })),
  });
  return { table, links: records.map(({ id }: { id: string }) => id) };
}

const cells = fc.record(
  {
    T: fc.constantFrom(...texts),
    N: fc.constantFrom(null, 0, -1, 0.5, 2, 10, 1e300, -1e300),
    D: fc.constantFrom(null, '2024-01-01', '2024-02-29', '0000-01-01', '9999-12-31'),
    S: fc.constantFrom(null, ...choices),
    C: fc.boolean(),
  },
  { requiredKeys: [] },
);

async function create(instance: Instance, { path }: Table, records: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < records.length; start += 10) {
    const { records: created } = await ok(instance, 'POST', path, {
      records: records.slice(start, start + 10).map((fields) => ({ fields })),
    });
    ids.push(...created.map(({ id }: { id: string }) => id));
  }
  return ids;
}

/** Ids of all pages. */
async function idsOf(instance: Instance, { path }: Table, selection: object): Promise<string[]> {
  const ids: string[] = [];
  let offset: string | undefined;
  do {
    const page = await ok(instance, 'POST', `${path}/listRecords`, { ...selection, offset });
    ids.push(...page.records.map(({ id }: { id: string }) => id));
    offset = page.offset;
  } while (offset !== undefined);
  return ids;
}

/** Sorts by each field once, so that the keys of all are stored. */
async function storeKeys(table: Table, fields: readonly string[] = Object.keys(table.fields)): Promise<void> {
  for (const field of fields) await ok(indexing, 'POST', `${table.path}/listRecords`, { sort: [{ field }] });
  await indexing.indexes?.idle();
}

async function indexedFields({ tableId }: Table): Promise<number> {
  const { rows } = await admin.query(
    'select count(*)::integer as count from airtable.key_indexes where table_id = $1 and built_to is null and not dropped',
    [tableId],
  );
  return rows[0].count;
}

const sortKey = fc.record({
  field: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...keyed) },
    { weight: 1, arbitrary: fc.constantFrom(...computed) },
  ),
  direction: fc.constantFrom('asc', 'desc'),
});
const selections = fc.record(
  {
    sort: fc.array(sortKey, { minLength: 1, maxLength: 4 }),
    filterByFormula: fc.constantFrom(
      '{T} = "a"',
      '{T} = "é"',
      '{N} = 2',
      'OR({N} = 10, {N} = 0.5)',
      '{S} = "two"',
      'AND({S} = "two", {C})',
      '{D} = "2024-02-29"',
      '{N} < 1',
      'LEN({T}) > 1',
      'OR({T} = "a", LEN({T}) > 2)',
      '{R} = 3',
      'FIND("two", {L})',
      '{Looked} = "x"',
    ),
    pageSize: fc.constantFrom(5, 20, 100),
    maxRecords: fc.constantFrom(1, 5, 1_000),
  },
  { requiredKeys: ['pageSize'] },
);

/** Values of all fields that can be written. `K` is the place of a linked record. */
const wideCells = fc.record(
  {
    T: fc.constantFrom(...texts),
    N: fc.constantFrom(null, 0, -1, 0.5, 2, 10, 1e300, -1e300),
    D: fc.constantFrom(null, '2024-01-01', '2024-02-29', '0000-01-01', '9999-12-31'),
    S: fc.constantFrom(null, ...choices),
    C: fc.boolean(),
    W: fc.constantFrom(null, '2024-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z'),
    R: fc.constantFrom(null, 1, 3, 5),
    B: fc.constantFrom(null, { text: 'b1' }, { text: 'B10' }),
    L: fc.constantFrom([], ['one'], ['two', 'one'], ['three']),
    K: fc.constantFrom(undefined, 0, 1, 2),
  },
  { requiredKeys: [] },
);
type WideCells = typeof wideCells extends fc.Arbitrary<infer T> ? T : never;

/** What upserts merge on, and the values; null stands for an empty cell. */
const merges = fc
  .record({
    T: fc.constantFrom(null, 'a10', 'a2', 'new', 'b'),
    N: fc.constantFrom(null, 0, 2, 10),
    S: fc.constantFrom(null, ...choices),
    C: fc.constantFrom(null, true),
    L: fc.constantFrom(null, ['one'], ['two', 'one']),
    R: fc.constantFrom(null, 3),
  })
  .chain((fields) =>
    fc
      .subarray(Object.keys(fields) as (keyof typeof fields)[], { minLength: 1, maxLength: 3 })
      .map((on) => ({ on, fields: Object.fromEntries(on.map((name) => [name, fields[name]])) })),
  );

const writes = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), fields: wideCells }),
  fc.record({ kind: fc.constant('update' as const), place: fc.nat(), fields: wideCells }),
  fc.record({ kind: fc.constant('delete' as const), place: fc.nat() }),
  fc.record({ kind: fc.constant('upsert' as const), merge: merges }),
);
type Write = typeof writes extends fc.Arbitrary<infer T> ? T : never;

/** A table has at most so many records: one page of a computed list. */
const maxRecords = 60;

/** Writes, and checks what an upsert wrote to. @param ids of the records; new ones are added, deleted ones removed */
async function write(
  instance: Instance,
  { table, links, ids }: { table: Table; links: readonly string[]; ids: string[] },
  change: Write,
) {
  const withLink = ({ K, ...fields }: WideCells) => (K === undefined ? fields : { ...fields, K: [links[K]] });
  if (change.kind === 'create') {
    if (ids.length < maxRecords) ids.push(...(await create(instance, table, [withLink(change.fields)])));
    return;
  }
  if (change.kind === 'upsert') return upsert(instance, { table, ids }, change.merge);
  const place = change.place % ids.length;
  const id = ids[place];
  if (id === undefined) return;
  if (change.kind === 'update')
    await ok(instance, 'PATCH', `${table.path}/${id}`, { fields: withLink(change.fields) });
  else {
    await ok(instance, 'DELETE', `${table.path}/${id}`);
    ids.splice(place, 1);
  }
}

async function upsert(
  instance: Instance,
  { table, ids }: { table: Table; ids: string[] },
  { on, fields }: typeof merges extends fc.Arbitrary<infer T> ? T : never,
) {
  const { records } = await ok(gateway, 'POST', `${table.path}/listRecords`, {});
  const matching = records.filter((record: { fields: Record<string, unknown> }) =>
    on.every((name) => isDeepStrictEqual(record.fields[name] ?? null, fields[name])),
  );
  if (matching.length === 0 && ids.length >= maxRecords) return;
  const body = { performUpsert: { fieldsToMergeOn: on }, records: [{ fields }] };
  const { status, body: result } = await instance.call(user, 'PATCH', table.path, body);
  if (matching.length > 1) {
    expect(status).toBe(422);
    expect(result.error.message).toContain('more than one record');
    return;
  }
  expect(status, JSON.stringify(result)).toBe(200);
  expect(result.updatedRecords).toEqual(matching.map(({ id }: { id: string }) => id));
  expect(result.createdRecords).toHaveLength(1 - matching.length);
  ids.push(...result.createdRecords);
}

describe('a list that is read from an index', () => {
  const numRuns = Number(process.env.PROPERTY_RUNS ?? 40);
  const timeout = 60_000 + numRuns * 2_000;
  it('has the same records in the same order as a computed one, whatever was written', {
    timeout,
  }, async () => {
    const { table, links } = await makeWideTable();
    const ids = await create(gateway, table, fc.sample(cells, { numRuns: 40, seed: 7 }));
    await storeKeys(table, keyed);
    expect(await indexedFields(table)).toBe(keyed.length);
    await fc.assert(
      fc.asyncProperty(
        fc.array(writes, { maxLength: 2 }),
        fc.boolean(),
        fc.array(selections, { minLength: 1, maxLength: 2 }),
        async (changes, isIndexing, lists) => {
          const instance = isIndexing ? indexing : gateway;
          for (const change of changes) await write(instance, { table, links, ids }, change);
          for (const list of lists)
            expect(await idsOf(indexing, table, list)).toEqual(
              await idsOf(gateway, table, { ...list, pageSize: maxRecords }),
            );
        },
      ),
      { numRuns },
    );
  });

  it('is right while the keys are being stored, and after records were written meanwhile', async () => {
    const table = await makeTable();
    await create(gateway, table, fc.sample(cells, { numRuns: 40, seed: 3 }));
    const selection = { sort: [{ field: 'T' }], pageSize: 10 };
    const first = idsOf(indexing, table, selection);
    const written = create(indexing, table, fc.sample(cells, { numRuns: 20, seed: 4 }));
    await Promise.all([first, written]);
    await indexing.indexes?.idle();
    expect(await indexedFields(table)).toBe(1);
    expect(await idsOf(indexing, table, selection)).toEqual(await idsOf(gateway, table, selection));
  });

  it('follows the choices of a select field in a new order', async () => {
    const table = await makeTable();
    await create(
      gateway,
      table,
      choices.map((S) => ({ S })),
    );
    await storeKeys(table);
    const { tables } = await ok(gateway, 'GET', `/v0/meta/bases/${table.baseId}/tables`);
    const field = tables[0].fields.find(({ id }: { id: string }) => id === table.fields.S);
    await ok(
      gateway,
      'PATCH',
      `/v0/meta/bases/${table.baseId}/tables/${table.tableId}/fields/${table.fields.S}`,
      {
        options: { choices: field.options.choices.toReversed() },
      },
    );
    const selection = { sort: [{ field: 'S' }] };
    expect(await indexedFields(table)).toBe(4);
    for (let time = 0; time < 2; time += 1) {
      expect(await idsOf(indexing, table, selection)).toEqual(await idsOf(gateway, table, selection));
      await indexing.indexes?.idle();
    }
    expect(await indexedFields(table)).toBe(5);
    const { rows } = await admin.query(
      'select count(*)::integer as count from airtable.key_indexes where table_id = $1 and dropped',
      [table.tableId],
    );
    expect(rows[0].count).toBe(0);
  });

  it('ends when a record that was there has another place', async () => {
    const table = await makeTable();
    const ids = await create(
      gateway,
      table,
      Array.from({ length: 6 }, (_, N) => ({ N })),
    );
    await storeKeys(table);
    const selection = { sort: [{ field: 'N' }], pageSize: 2 };
    const page = await ok(indexing, 'POST', `${table.path}/listRecords`, selection);
    await ok(gateway, 'PATCH', `${table.path}/${ids[5]}`, { fields: { T: 'x' } });
    await create(gateway, table, [{ N: 0.5 }, { N: 9 }]);
    const next = await ok(indexing, 'POST', `${table.path}/listRecords`, {
      ...selection,
      offset: page.offset,
    });
    expect(next.records.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[3]]);
    await ok(gateway, 'PATCH', `${table.path}/${ids[5]}`, { fields: { N: -1 } });
    const last = await indexing.call(user, 'POST', `${table.path}/listRecords`, {
      ...selection,
      offset: next.offset,
    });
    expect(last.body.error.type).toBe('LIST_RECORDS_ITERATOR_NOT_AVAILABLE');
  });
});

describe('keys of records', () => {
  it('are found by an index under row-level security', async () => {
    const table = await makeTable();
    await create(gateway, table, [{ T: 'a', N: 1 }]);
    await storeKeys(table);
    for (const [keys, value] of [
      ['text_keys', "'_' || n"],
      ['number_keys', 'n'],
    ]) {
      await admin.query(
        `insert into airtable.${keys} (tenant_id, index_id, number, key, version)
         select tenant_id, index_id, n, ${value}, 1
         from airtable.${keys}, generate_series(2, 5000) as n where number = 1 and tenant_id = $1
         on conflict do nothing`,
        [user.claims.tenant_id],
      );
      await admin.query(`analyze airtable.${keys}`);
    }
    const service = new pg.Client({ connectionString: gateway.stores.urlOf('airtable_gateway') });
    await service.connect();
    try {
      await service.query(`select set_config('app.tenant_id', $1, false)`, [user.claims.tenant_id]);
      for (const [keys, value] of [
        ['text_keys', "'a'"],
        ['number_keys', '1'],
      ])
        for (const [condition, order] of [
          [`key = ${value} and number > 5`, 'number'],
          [`key > ${value}`, 'key nulls first, number'],
          ['true', 'key nulls first, number'],
          // Only records with the same key are sorted.
          [`key < ${value}`, 'key desc nulls last, number'],
        ] as const) {
          // As `readsInOrder` sets it.
          const maySort = order.includes('desc') ? 'on' : 'off';
          await service.query(
            `select set_config('enable_sort', $1, false), set_config('enable_incremental_sort', $1, false)`,
            [maySort],
          );
          const { rows } = await service.query(
            `explain (costs off) select number, key from airtable.${keys}
             where index_id = (select min(id) from airtable.key_indexes where table_id = '${table.tableId}')
               and ${condition} order by ${order} limit 10`,
          );
          const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
          expect(plan).toMatch(new RegExp(`Index Scan (Backward )?using ${keys}_in_order`));
          expect(plan.replace('Incremental Sort', '')).not.toContain('->  Sort');
          if (condition !== 'true') expect(plan).toMatch(/Index Cond: .*key [=><]/);
        }
    } finally {
      await service.end();
    }
  });

  it('are known to the planner as soon as they are stored', async () => {
    const table = await makeTable();
    for (let batch = 0; batch < 10; batch += 1)
      await create(
        gateway,
        table,
        Array.from({ length: 10 }, (_, index) => ({ T: `text ${index}`, N: index })),
      );
    await storeKeys(table);
    const { rows } = await admin.query(
      `select s.tablename, i.id = any(s.most_common_vals::text::bigint[]) as known
       from pg_stats s, airtable.key_indexes i
       where s.schemaname = 'airtable' and s.attname = 'index_id' and i.table_id = $1
         and exists (select from airtable.text_keys k where k.index_id = i.id) = (s.tablename = 'text_keys')`,
      [table.tableId],
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.filter(({ known }) => !known)).toEqual([]);
  });

  it('are those of the tenant only, and end with the base', async () => {
    const table = await makeTable();
    await create(gateway, table, [{ T: 'a', N: 1 }]);
    await storeKeys(table);
    const count = async () => {
      const { rows } = await admin.query(
        `select count(*)::integer as count from airtable.text_keys k join airtable.key_indexes i on i.id = k.index_id
         where i.table_id = $1 and k.tenant_id = $2`,
        [table.tableId, user.claims.tenant_id],
      );
      return rows[0].count;
    };
    expect(await count()).toBe(1);
    await ok(gateway, 'DELETE', `/v0/meta/bases/${table.baseId}`);
    expect(await count()).toBe(0);
  });
});
