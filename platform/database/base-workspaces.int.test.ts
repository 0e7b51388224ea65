import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './testing/temporary-postgres.ts';

const migrations = join(import.meta.dirname, 'migrations');
const nobody = '00000000-0000-0000-0000-000000000000';

let postgres: TemporaryPostgres;
let folder: string;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  folder = await mkdtemp(join(tmpdir(), 'earlier-migrations-'));
  for (const name of await readdir(migrations))
    if (name < '100') await cp(join(migrations, name), join(folder, name));
  const adminUrl = postgres.urlFor('earlier', 'postgres');
  await migrate({ adminUrl, migrationsDir: folder, passwords: {} });
  admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await postgres?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it('moves bases of earlier releases to the workspace that their label names, or to the default one', async () => {
  const [tenant, other, owner] = [randomUUID(), randomUUID(), randomUUID()];
  const workspaces = { standard: randomUUID(), sales: randomUUID(), foreign: randomUUID() };
  for (const [id, name] of [
    [tenant, 'Own'],
    [other, 'Other'],
  ])
    await admin.query('insert into identity.tenants (tenant_id, name, owner_id) values ($1, $2, $3)', [
      id,
      name,
      owner,
    ]);
  for (const [id, of, isDefault] of [
    [workspaces.standard, tenant, true],
    [workspaces.sales, tenant, false],
    [workspaces.foreign, other, true],
  ])
    await admin.query(
      'insert into identity.workspaces (id, tenant_id, name, is_default, created_by) values ($1, $2, $3, $4, $5)',
      [id, of, 'W', isDefault, owner],
    );
  const bases = [
    ['appAAAAAAAAAAAAA1', tenant, 'default'],
    ['appAAAAAAAAAAAAA2', tenant, workspaces.sales.toUpperCase()],
    ['appAAAAAAAAAAAAA3', tenant, workspaces.foreign],
    ['appAAAAAAAAAAAAA4', other, 'wspMain'],
    ['appAAAAAAAAAAAAA5', randomUUID(), 'default'],
  ] as const;
  for (const [id, of, label] of bases)
    await admin.query(
      `insert into airtable.bases (id, tenant_id, workspace_id, name, created_by) values ($1, $2, $3, 'B', $4)`,
      [id, of, label, owner],
    );
  // One synced base, and one of the real Airtable without a known workspace.
  await admin.query(
    `insert into airtable.airtable_workspaces (tenant_id, workspace_id, workspace_name) values ($1, 'default', 'default')`,
    [tenant],
  );
  for (const id of [bases[0][0], 'appRealAirtable01'])
    await admin.query(
      `insert into airtable.airtable_bases (tenant_id, base_id, base_name, workspace_id) values ($1, $2, 'B', 'default')`,
      [tenant, id],
    );

  await migrate({
    adminUrl: postgres.urlFor('earlier', 'postgres'),
    migrationsDir: migrations,
    passwords: {},
  });

  const moved = await admin.query('select id, workspace_id from airtable.bases order by id');
  expect(moved.rows.map(({ workspace_id }) => workspace_id)).toEqual([
    workspaces.standard,
    workspaces.sales,
    workspaces.standard,
    workspaces.foreign,
    nobody,
  ]);
  const synced = await admin.query(
    'select base_id, workspace_id from airtable.airtable_bases order by base_id',
  );
  expect(synced.rows).toEqual([
    { base_id: bases[0][0], workspace_id: workspaces.standard },
    { base_id: 'appRealAirtable01', workspace_id: null },
  ]);
  const named = await admin.query('select workspace_id from airtable.airtable_workspaces');
  expect(named.rows).toEqual([{ workspace_id: workspaces.standard }]);
});
