import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countedEntries, paging as pagingOf } from '../../../contracts/paging.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { type Database, openDatabase, type Statement } from '../../../kit/postgres/database.ts';
import { listSagas } from '../../../services/saga-service/store/read-sagas.ts';
import { bind, type ListCase, type Owner } from './list-case.ts';
import { listCases } from './list-cases.ts';

const log = createLog({ service: 'test', level: 'silent' });
let stores: TemporaryDatabase;
let admin: pg.Client;
const databases = new Map<string, Database>();

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  for (const database of databases.values()) await database.close();
  await admin?.end();
  await stores?.stop();
});

function databaseOf({ role }: ListCase): Database {
  const database = databases.get(role) ?? openDatabase({ url: stores.urlOf(role), log });
  databases.set(role, database);
  return database;
}

const newOwner = (): Owner => ({ tenantId: randomUUID(), userId: randomUUID(), workspaceId: randomUUID() });

const add = (one: ListCase, owner: Owner, rows: { first: number; last: number; step?: number }) =>
  admin.query(bind(one.fill, owner, rows));

async function begin(one: ListCase): Promise<Owner> {
  const owner = newOwner();
  if (one.before !== undefined) await admin.query(bind(one.before, owner));
  return owner;
}

/** The keys of all rows of the owner, in the order of the list. */
async function allKeys({ list, where, key }: ListCase, owner: Owner): Promise<string[]> {
  const order = list.sortedBy.map(({ column }) => `e.${column} ${list.direction}`).join(', ');
  const { rows } = await admin.query<{ key: string }>(
    bind(
      `select e.${key?.column ?? 'id'}::text as key from ${list.table} e where e.tenant_id = :tenant and ${where} order by ${order}`,
      owner,
    ),
  );
  return rows.map((row) => row.key);
}

describe.each(listCases)('$id', (one) => {
  const key = one.key ?? { column: 'id', field: 'id' };
  const keyOf = (entry: object) => String((entry as Record<string, unknown>)[key.field]);
  const page = (owner: Owner, query: object) => one.read(databaseOf(one), owner, pagingOf.parse(query));

  it('shows each row that stays exactly once and in order while others come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.record({ adds: fc.boolean(), at: fc.integer({ min: 0, max: 29 }) }), { maxLength: 12 }),
        async (page_size, changes) => {
          const owner = await begin(one);
          await add(one, owner, { first: 2, last: 60, step: 2 });
          const first = await allKeys(one, owner);
          const deleted = new Set<string>();
          const added = new Set<number>();
          const seen: string[] = [];
          const waiting = [...changes];
          let cursor: string | null | undefined;
          do {
            const shown = await page(owner, { page_size, cursor: cursor ?? undefined });
            seen.push(...shown.entries.map(keyOf));
            cursor = shown.next_cursor;
            for (const { adds, at } of waiting.splice(0, 3)) {
              // Odd numbers are new, and between the others.
              if (adds && !added.has(at)) await add(one, owner, { first: 2 * at + 3, last: 2 * at + 3 });
              if (adds) added.add(at);
              const victim = first[at % first.length] as string;
              if (!adds) {
                deleted.add(victim);
                await admin.query(
                  `delete from ${one.list.table} where tenant_id = $1 and ${key.column}::text = $2`,
                  [owner.tenantId, victim],
                );
              }
            }
          } while (cursor !== null);
          expect(new Set(seen).size).toBe(seen.length);
          const stayed = first.filter((id) => !deleted.has(id));
          expect(seen.filter((id) => stayed.includes(id))).toEqual(stayed);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('shows the same rows by page numbers, with the total', async () => {
    const owner = await begin(one);
    await add(one, owner, { first: 1, last: 25 });
    const all = await allKeys(one, owner);
    const seen: string[] = [];
    for (let number = 1; number <= 3; number += 1) {
      const { entries, ...rest } = await page(owner, { page: number, page_size: 10 });
      seen.push(...entries.map(keyOf));
      expect(rest).toMatchObject({ total: all.length, total_is_minimum: false, page: number, page_size: 10 });
    }
    expect(seen).toEqual(all);
    expect(await page(owner, { page: 9, page_size: 10 })).toMatchObject({
      entries: [],
      total: all.length,
      next_cursor: null,
    });
  });

  it('rejects a cursor that is none of its own', async () => {
    const owner = await begin(one);
    const other = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      'x',
      other([one.list.name]),
      other(['other', 'a', 'b']),
      other([one.list.name, 'a\u0000', {}]),
    ])
      await expect(page(owner, { cursor })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('reads pages by an index, and no more rows than it counts and shows', async () => {
    const owner = await begin(one);
    await add(one, owner, { first: 1, last: 3_000 });
    // Most tenants are small, so the planner expects a few rows.
    for (let other = 0; other < 60; other += 1) await add(one, await begin(one), { first: 1, last: 5 });
    await admin.query(`vacuum analyze ${one.list.table}`);
    const first = await page(owner, { page_size: 20 });
    const minimum = { total: countedEntries, total_is_minimum: true };
    expect(first).toMatchObject(minimum);
    expect(await page(owner, { page_size: 20, cursor: first.next_cursor })).toMatchObject(minimum);
    for (const query of [{ page_size: 20 }, { page_size: 20, cursor: first.next_cursor }]) {
      const { text, values } = await listStatementOf(one, owner, query);
      const plans = await databaseOf(one).withTenant(owner, async (tx) => {
        // What `readsInOrder` does.
        await tx.query('set local enable_sort = off');
        await tx.query('set local enable_incremental_sort = off');
        return [
          await tx.query<Explained>(`explain (analyze, format json) ${text}`, values),
          await tx.query<Explained>(`explain (generic_plan, format json) ${text}`),
        ];
      });
      for (const { rows } of plans) {
        const plan = mainNodes((rows[0] as Explained)['QUERY PLAN'][0].Plan);
        const kinds = plan.map((node) => node['Node Type']);
        expect(kinds).not.toContain('Sort');
        expect(kinds).not.toContain('Incremental Sort');
        const scans = plan.filter((node) => `${node['Relation Name']}` === one.list.table.split('.')[1]);
        expect(scans).toHaveLength(query.cursor ? 1 : 2);
        for (const scan of scans) {
          expect(scan['Node Type']).toMatch(/^Index (Only )?Scan$/);
          expect(scan['Index Cond']).toMatch(/tenant_id|workflow_id/);
        }
        if (query.cursor) expect(scans.some((scan) => /[<>]/.test(scan['Index Cond'] ?? ''))).toBe(true);
        const read = scans.reduce(
          (sum, scan) =>
            sum +
            ((scan['Actual Rows'] ?? 0) + (scan['Rows Removed by Filter'] ?? 0)) *
              (scan['Actual Loops'] ?? 0),
          0,
        );
        expect(read).toBeLessThanOrEqual((query.cursor ? 0 : countedEntries + 1) + 21);
      }
    }
  });
});

it('plans a page once per connection, not once per request', async () => {
  const one = listCases.find(({ id }) => id === 'audit') as ListCase;
  const database = openDatabase({ url: stores.urlOf(one.role), log, poolSize: 1 });
  const owner = await begin(one);
  await add(one, owner, { first: 1, last: 100 });
  for (let time = 0; time < 12; time += 1)
    await one.read(database, owner, pagingOf.parse({ page_size: 5 + time }));
  const { rows } = await database.query(
    `select generic_plans, custom_plans from pg_prepared_statements where name = '${one.list.name}'`,
  );
  await database.close();
  expect(rows).toEqual([{ generic_plans: 12, custom_plans: 0 }]);
});

it('merges the lists of several workspaces, and reads no more than a page of each', async () => {
  const one = listCases.find(({ id }) => id === 'sagas') as ListCase;
  const owners = [newOwner()];
  for (let more = 0; more < 4; more += 1) owners.push({ ...(owners[0] as Owner), workspaceId: randomUUID() });
  // The first row of each workspace is later than the one before, so pages mix them.
  for (const [index, owner] of owners.entries()) await add(one, owner, { first: index, last: 600, step: 6 });
  const { rows } = await admin.query<{ id: string; workspace_id: string }>(
    `select id, workspace_id from sagas.sagas where tenant_id = $1 order by created_at desc, id desc`,
    [owners[0]?.tenantId],
  );
  const workspaceIds = owners.slice(0, 4).map(({ workspaceId }) => workspaceId);
  const expected = rows.filter((row) => workspaceIds.includes(row.workspace_id)).map(({ id }) => id);
  const list = (query: object) =>
    listSagas(databaseOf(one), owners[0] as Owner, { ...pagingOf.parse(query), workspaceIds });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const shown = await list({ page_size: 33, cursor: cursor ?? undefined });
    seen.push(...shown.sagas.map(({ saga_id }) => saga_id));
    expect(shown.total).toBe(expected.length);
    cursor = shown.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(expected);
  expect((await list({ page: 3, page_size: 33 })).sagas.map(({ saga_id }) => saga_id)).toEqual(
    expected.slice(66, 99),
  );
  expect(
    await listSagas(databaseOf(one), owners[0] as Owner, { ...pagingOf.parse({}), workspaceIds: [] }),
  ).toEqual({ sagas: [], total: 0, total_is_minimum: false, page: 1, page_size: 20, next_cursor: null });
});

interface Explained {
  'QUERY PLAN': [{ Plan: PlanNode }];
}

interface PlanNode {
  'Node Type': string;
  'Parent Relationship'?: string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** The nodes of a plan without those that compute columns of an entry. */
function mainNodes(plan: PlanNode): PlanNode[] {
  const parts = (plan.Plans ?? []).filter((part) => part['Parent Relationship'] !== 'SubPlan');
  return [plan, ...parts.flatMap(mainNodes)];
}

/** The statement with which the service reads a page. */
async function listStatementOf(
  one: ListCase,
  owner: Owner,
  query: object,
): Promise<{ text: string; values: readonly unknown[] }> {
  const database = databaseOf(one);
  const sent: { text: string; values: readonly unknown[] }[] = [];
  const note = (statement: Statement, values: readonly unknown[] = []) => {
    if (typeof statement !== 'string' && statement.name.startsWith(one.list.name)) {
      expect(statement).toMatchObject({ readsInOrder: true, plansOnce: true });
      sent.push({ text: statement.text, values });
    }
  };
  await one.read(
    {
      ...database,
      tenantQuery(tenant, statement, values) {
        note(statement, values);
        return database.tenantQuery(tenant, statement, values);
      },
      withTenant: (tenant, work) =>
        database.withTenant(tenant, (tx) =>
          work({
            query(statement, values) {
              note(statement, values);
              return tx.query(statement, values);
            },
          }),
        ),
    },
    owner,
    pagingOf.parse(query),
  );
  expect(sent).toHaveLength(1);
  return sent[0] as (typeof sent)[0];
}
