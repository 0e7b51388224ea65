import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
/** Every table is large for it. */
let large: ListeningGateway;
let admin: pg.Client;
let user: TestUser;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  large = await gateway.another({ RECORD_INDEX_FROM: '1' });
  admin = new pg.Client({ connectionString: gateway.stores.adminUrl });
  await admin.connect();
  user = await gateway.user();
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

async function ok(method: string, path: string, body?: unknown) {
  const response = await large.call(user, method, path, body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

/** The keys of `Tags` are never stored. */
async function makeTable(records: readonly object[]) {
  const { id } = await ok('POST', '/v0/meta/bases', {
    name: 'Merged',
    workspaceId: 'default',
    tables: [
      {
        name: 'Items',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Note', type: 'multilineText' },
          {
            name: 'Tags',
            type: 'multipleSelects',
            options: { choices: ['one', 'two', 'three'].map((name) => ({ name })) },
          },
        ],
      },
    ],
  });
  const path = `/v0/${id}/Items`;
  const ids: string[] = [];
  for (const fields of records) ids.push((await ok('POST', path, { fields })).id);
  return { baseId: id as string, path, ids };
}

const upsert = (path: string, on: string, records: readonly object[]) =>
  large.call(user, 'PATCH', path, {
    performUpsert: { fieldsToMergeOn: [on] },
    records: records.map((fields) => ({ fields })),
  });

/** Waits until so many statements wait for a lock of the table of records. */
async function blockedStatements(count: number) {
  await expect
    .poll(async () => {
      const { rows } = await admin.query(
        `select count(distinct pid)::integer as count from pg_locks
         where relation = 'airtable.records'::regclass and not granted`,
      );
      return rows[0].count;
    })
    .toBe(count);
}

describe('an upsert by a field without keys', () => {
  it('reads the table while others can write, and sees what they wrote meanwhile', async () => {
    const { baseId, path, ids } = await makeTable([
      { Name: 'first', Tags: ['two'] },
      { Name: 'second', Tags: ['one'] },
      { Name: 'third', Tags: ['three'] },
    ]);
    const blocker = new pg.Client({ connectionString: gateway.stores.adminUrl });
    await blocker.connect();
    try {
      await blocker.query('begin; lock table airtable.records in access exclusive mode');
      const upserted = upsert(path, 'Tags', [
        { Tags: ['two'], Note: 'found' },
        { Tags: ['three', 'one'], Note: 'new' },
      ]);
      await blockedStatements(1);
      const { rowCount } = await admin.query(
        'select from airtable.bases where id = $1 for no key update nowait',
        [baseId],
      );
      expect(rowCount).toBe(1);
      // It has locked the base when it waits for the records, so the upsert comes after it.
      const changed = ok('PATCH', path, {
        records: [
          { id: ids[0], fields: { Tags: ['one', 'two'] } },
          { id: ids[1], fields: { Tags: ['two'] } },
          { id: ids[2], fields: { Tags: ['three', 'one'] } },
        ],
      });
      await blockedStatements(2);
      await blocker.query('commit');
      await changed;
      const { status, body } = await upserted;
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body.updatedRecords).toEqual([ids[1], ids[2]]);
      expect(body.createdRecords).toEqual([]);
    } finally {
      await blocker.end();
    }
  });

  it('creates no record twice when many come at once', async () => {
    const { path } = await makeTable([{ Name: 'old' }]);
    const names = ['a', 'b', 'c', 'old'];
    const responses = await Promise.all(
      Array.from({ length: 16 }, (_, turn) =>
        upsert(path, 'Name', [{ Name: names[turn % 4], Note: String(turn) }]),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200));
    const { records } = await ok('GET', path);
    expect(records.map(({ fields }: { fields: { Name: string } }) => fields.Name).sort()).toEqual(names);
  });

  it('rejects several matches, also of records without a value', async () => {
    const { path } = await makeTable([{ Tags: ['two'] }, { Tags: ['two'] }, {}, {}]);
    for (const Tags of [['two'], null]) expect((await upsert(path, 'Tags', [{ Tags }])).status).toBe(422);
  });

  it('adds a choice that no record has yet', async () => {
    const { path } = await makeTable([{ Tags: ['two'] }]);
    const { status, body } = await large.call(user, 'PATCH', path, {
      performUpsert: { fieldsToMergeOn: ['Tags'] },
      typecast: true,
      records: [{ fields: { Tags: ['two', 'fresh'] } }, { fields: { Tags: ['two', 'fresh'], Note: 'same' } }],
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.createdRecords).toHaveLength(1);
  });
});

describe('records that have changed since a version', () => {
  it('are found by an index under row-level security', async () => {
    const service = new pg.Client({ connectionString: gateway.stores.urlOf('airtable_gateway') });
    await service.connect();
    try {
      await service.query(`select set_config('app.tenant_id', $1, false)`, [user.claims.tenant_id]);
      await service.query('set enable_seqscan = off');
      const { rows } = await service.query(
        `explain (costs off) select id from airtable.records where table_id = 'tbl' and version > 5 and version > 0`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/using records_by_version|on records_by_version/);
      expect(plan).toMatch(/Index Cond: .*version > 5/);
    } finally {
      await service.end();
    }
  });
});
