import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createLog } from '../observe/log.ts';
import { type Database, openDatabase, type Transaction } from '../postgres/database.ts';
import { readCounts, type StateCount } from './read-counts.ts';

const log = createLog({ service: 'test', level: 'silent' });
let stores: TemporaryDatabase;
let admin: pg.Client;
let files: Database;

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
  files = openDatabase({ url: stores.urlOf('file_service'), log });
});
afterAll(async () => {
  await files?.close();
  await admin?.end();
  await stores?.stop();
});

const newOwner = () => ({ tenantId: randomUUID(), userId: randomUUID(), workspaceId: randomUUID() });
type Owner = ReturnType<typeof newOwner>;

/** Adds files of 10 bytes each. */
const add = (tx: Pick<Transaction, 'query'>, owner: Owner, number: number) =>
  tx.query(
    `insert into files.files (id, tenant_id, uploaded_by, workspace_id, filename, extension, content_type, size,
       storage_name, status)
     select gen_random_uuid(), $1, $2, $3, 'a.txt', 'txt', 'text/plain', 10,
       replace(gen_random_uuid()::text, '-', ''), 'uploading' from generate_series(1, $4)`,
    [owner.tenantId, owner.userId, owner.workspaceId, number],
  );

const complete = (tx: Pick<Transaction, 'query'>, number: number) =>
  tx.query(
    `update files.files set status = 'completed', size = 4, sha256 = repeat('0', 64)
     where id in (select id from files.files where status = 'uploading' limit $1)`,
    [number],
  );

const read = (query: Parameters<typeof readCounts>[0]) =>
  readCounts(query, { schema: 'files', counted: 'files' });

/** Number and size of the owner's files by status, as the triggers have counted them. */
async function counted(owner: Owner): Promise<Record<string, [number, number]>> {
  const found = await read((statement, values) => files.tenantQuery<StateCount>(owner, statement, values));
  const some = found.filter(({ number }) => number !== 0);
  return Object.fromEntries(some.map(({ state, number, amount }) => [state, [number, amount]] as const));
}

/** The same from the rows. */
async function stored(owner: Owner): Promise<Record<string, [number, number]>> {
  const { rows } = await admin.query(
    `select status, count(*)::int as number, sum(size)::int as size from files.files where tenant_id = $1 group by status`,
    [owner.tenantId],
  );
  return Object.fromEntries(rows.map(({ status, number, size }) => [status, [number, size]]));
}

it('counts what a transaction has changed, and nothing of one that is rolled back', async () => {
  const owner = newOwner();
  await files.withTenant(owner, async (tx) => {
    await add(tx, owner, 5);
    await complete(tx, 2);
    const within = await read((statement, values) => tx.query(statement, values));
    expect(within.find(({ state }) => state === 'completed')).toEqual({
      state: 'completed',
      number: 2,
      amount: 8,
    });
  });
  const failing = files.withTenant(owner, async (tx) => {
    await add(tx, owner, 50);
    await tx.query('delete from files.files where status = $1', ['completed']);
    throw new Error('undone');
  });
  await expect(failing).rejects.toThrow('undone');
  expect(await counted(owner)).toEqual({ uploading: [3, 30], completed: [2, 8] });
  await files.tenantQuery(owner, 'delete from files.files', []);
  expect(await counted(owner)).toEqual({});
});

it('stays exact while many transactions add, change, delete and roll back at once', async () => {
  const owner = newOwner();
  const worker = async (number: number) => {
    for (let round = 0; round < 25; round += 1) {
      const work = files.withTenant(owner, async (tx) => {
        await add(tx, owner, 2);
        await complete(tx, 1);
        await tx.query(
          `delete from files.files where id in (select id from files.files where status = 'completed' limit 1 for update skip locked)`,
        );
        if ((round + number) % 4 === 0) throw new Error('undone');
      });
      await work.catch((error: Error) => expect(error.message).toBe('undone'));
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, number) => worker(number)));
  expect(await counted(owner)).toEqual(await stored(owner));
});

it('reads as much of 20,000 rows as of 200', async () => {
  const rowsReadWith = async (number: number) => {
    const owner = newOwner();
    for (let part = 0; part < 100; part += 1)
      await files.withTenant(owner, (tx) => add(tx, owner, number / 100));
    let rows = 0;
    await files.withTenant(owner, (tx) =>
      read(async ({ text }, values) => {
        const explained = await tx.query<{ 'QUERY PLAN': [{ Plan: object }] }>(
          `explain (analyze, format json) ${text}`,
          values,
        );
        const plan = JSON.stringify(explained.rows);
        expect(plan).not.toContain('"Seq Scan"');
        rows = Math.max(...[...plan.matchAll(/"Actual Rows":(\d+)/g)].map(([, found]) => Number(found)));
        return tx.query(text, values);
      }),
    );
    return rows;
  };
  for (const number of [200, 20_000]) {
    // At most one row for each change, and fewer where one has folded.
    expect(await rowsReadWith(number)).toBeLessThanOrEqual(100);
  }
});

it('has no difference that a service can write', async () => {
  const owner = newOwner();
  const forged = files.tenantQuery(
    owner,
    `insert into files.row_counts (tenant_id, counted, part, state, number, amount) values ($1, 'files', $1, 'x', 1, 1)`,
    [owner.tenantId],
  );
  await expect(forged).rejects.toMatchObject({ code: '42501' });
});
