import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../../database/testing/temporary-database.ts';
import { createLog } from '../../../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../../../kit/postgres/database.ts';
import { pageInOrder } from './record-row.ts';

const sizes = [10_000, ...Array.from({ length: 150 }, (_, index) => 2 + ((index * 37) % 250))];
const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const tenantOf = (index: number) => ({ tenantId: idOf(index), userId: idOf(index) });

let stores: TemporaryDatabase;
let database: Database;
beforeAll(async () => {
  stores = await startTemporaryDatabase();
  const admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
  // Without foreign keys. Records of many tables lie between each other, as after some time of use.
  await admin.query('set session_replication_role = replica');
  await admin.query(
    `insert into airtable.records (id, tenant_id, table_id, number, created_by, modified_by)
     select 'rec' || left(md5(t.n || '/' || r.n), 14), t.id, 'tbl' || t.n, r.n, t.id, t.id
     from unnest($1::uuid[], $2::int[]) with ordinality t (id, size, n), generate_series(1, t.size) r (n)
     order by md5(t.n || '/' || r.n)`,
    [sizes.map((_, index) => idOf(index)), sizes],
  );
  await admin.query('vacuum analyze airtable.records');
  await admin.end();
  database = openDatabase({
    url: stores.urlOf('airtable_gateway'),
    log: createLog({ service: 'test', level: 'silent' }),
  });
});
afterAll(async () => {
  await database?.close();
  await stores?.stop();
});

it.each([0, 1, 2])(
  'a plan for all tables, made for tenant %i, never sorts the records of a table',
  async (index) => {
    const { rows } = await database.tenantQuery<{ 'QUERY PLAN': string }>(
      tenantOf(index),
      {
        ...pageInOrder,
        name: 'plan_of_a_page',
        text: `explain (generic_plan, costs off) ${pageInOrder.text}`,
      },
      ['tbl1', 0, 51],
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index Scan using records_table_id_number_key');
    expect(plan).not.toContain('Sort');
  },
);
