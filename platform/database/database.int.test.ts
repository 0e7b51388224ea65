import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { type ServiceRole, serviceRoles } from './roles.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from './testing/temporary-database.ts';

let database: TemporaryDatabase;
let admin: pg.Pool;
const pools = new Map<ServiceRole, pg.Pool>();

beforeAll(async () => {
  database = await startTemporaryDatabase();
  admin = new pg.Pool({ connectionString: database.adminUrl });
});

afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool.end()));
  await admin?.end();
  await database?.stop();
});

function as(role: ServiceRole): pg.Pool {
  const existing = pools.get(role);
  if (existing) return existing;
  const pool = new pg.Pool({ connectionString: database.urlOf(role), max: 2 });
  pools.set(role, pool);
  return pool;
}

/** Runs one statement under a role, in a transaction with a tenant, and commits it. */
async function asTenant(role: ServiceRole, tenantId: string, sql: string, values: unknown[] = []) {
  const client = await as(role).connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('app.tenant_id', $1, true)`, [tenantId]);
    const result = await client.query(sql, values);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function adminRows<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  return (await admin.query<Row>(sql)).rows;
}

const isolated: readonly { table: string; role: ServiceRole; insert: string }[] = [
  {
    table: 'profiles.profiles',
    role: 'user_service',
    insert: `insert into profiles.profiles (id, tenant_id, email, display_name, role) values ($2, $1, 'a@b.example', 'A', 'user')`,
  },
  {
    table: 'identity.tenants',
    role: 'platform_services',
    insert: `insert into identity.tenants (tenant_id, name, owner_id) values ($1, 'T', $2)`,
  },
  {
    table: 'airtable.airtable_workspaces',
    role: 'airtable_gateway',
    insert: `insert into airtable.airtable_workspaces (tenant_id, workspace_id, workspace_name) values ($1, $2, 'W')`,
  },
  {
    table: 'identity.audit_events',
    role: 'platform_services',
    insert: `insert into identity.audit_events (id, tenant_id, event, outcome) values ($2, $1, 'login', 'success')`,
  },
];

describe('roles', () => {
  it('have no rights beyond login, and own nothing', async () => {
    const rows = await adminRows<{ rolname: string; rolcanlogin: boolean }>(`
      select rolname, rolcanlogin from pg_roles
      where rolname like any (array['%service%', 'airtable_gateway', 'llm_orchestrator', 'pyairtable%'])
        and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)`);
    expect(rows).toEqual([]);
    const owners = await adminRows<{ owner: string }>(`
      select distinct pg_get_userbyid(relowner) as owner from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('identity','profiles','airtable','conversations','files','sagas','automation')`);
    expect(owners).toEqual([{ owner: 'pyairtable_owner' }]);
    const noLogin = await adminRows<{ rolname: string }>(
      `select rolname from pg_roles where rolname like 'pyairtable%' and rolcanlogin`,
    );
    expect(noLogin).toEqual([]);
  });

  it.each(serviceRoles)('%s logs in with its password and cannot create anything', async (role) => {
    await expect(as(role).query('create table public.t (a int)')).rejects.toMatchObject({ code: '42501' });
    await expect(as(role).query('create temp table t (a int)')).rejects.toMatchObject({ code: '42501' });
    await expect(as(role).query('set role pyairtable_owner')).rejects.toMatchObject({ code: '42501' });
  });

  it('cannot use the schema of another service', async () => {
    await expect(as('user_service').query('select * from identity.users')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(as('platform_services').query('select * from profiles.profiles')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      as('saga_service').query(`select * from identity.find_account('a@b.c')`),
    ).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('are rejected with 28P01 for a wrong password', async () => {
    const wrong = database.urlOf('user_service').replace('password-of-user_service', 'guess');
    const client = new pg.Client({ connectionString: wrong });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('row-level security', () => {
  it('is enabled and forced on every table with a tenant', async () => {
    const tables = await adminRows<{ name: string; enabled: boolean; forced: boolean; policies: number }>(`
      select c.oid::regclass::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
             (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relkind in ('r', 'p') order by 1`);
    expect(tables.length).toBeGreaterThanOrEqual(15);
    expect(tables.filter(({ enabled, forced, policies }) => !enabled || !forced || policies === 0)).toEqual(
      [],
    );
  });

  it.each(isolated)('separates tenants in $table', async ({ table, role, insert }) => {
    const [a, b, row] = [randomUUID(), randomUUID(), randomUUID()];
    await asTenant(role, a, insert, [a, row]);
    const count = `select count(*)::int as n from ${table}`;
    expect((await asTenant(role, a, count)).rows).toEqual([{ n: 1 }]);
    expect((await asTenant(role, b, count)).rows).toEqual([{ n: 0 }]);
    expect((await as(role).query(count)).rows).toEqual([{ n: 0 }]);
    await expect(asTenant(role, b, insert, [a, randomUUID()])).rejects.toMatchObject({ code: '42501' });
    await expect(as(role).query(insert, [a, randomUUID()])).rejects.toMatchObject({ code: '42501' });
    if (table !== 'identity.audit_events') {
      const owned = `update ${table} set tenant_id = tenant_id where tenant_id = $1`;
      expect((await asTenant(role, b, owned, [a])).rowCount).toBe(0);
      expect((await asTenant(role, b, `delete from ${table} where tenant_id = $1`, [a])).rowCount).toBe(0);
      expect((await asTenant(role, a, `delete from ${table} where tenant_id = $1`, [a])).rowCount).toBe(1);
    }
  });

  it('applies to the owner of the tables too', async () => {
    const [tenant, row] = [randomUUID(), randomUUID()];
    await asTenant('user_service', tenant, isolated[0]?.insert ?? '', [tenant, row]);
    const client = await admin.connect();
    try {
      await client.query('set role pyairtable_owner');
      expect((await client.query('select count(*)::int as n from profiles.profiles')).rows).toEqual([
        { n: 0 },
      ]);
    } finally {
      await client.query('reset role');
      client.release();
    }
  });

  it('keeps the audit log append-only', async () => {
    const tenant = randomUUID();
    for (const sql of [`update identity.audit_events set event = 'x'`, 'delete from identity.audit_events'])
      await expect(asTenant('platform_services', tenant, sql)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('sign-in lookups', () => {
  it('find an account by its address in any case, while the table shows no rows', async () => {
    const [tenant, user] = [randomUUID(), randomUUID()];
    await asTenant(
      'platform_services',
      tenant,
      `with t as (insert into identity.tenants (tenant_id, name, owner_id) values ($1, 'T', $2))
       select 1`,
      [tenant, user],
    );
    await asTenant(
      'platform_services',
      tenant,
      `insert into identity.users (id, tenant_id, email, name, password_hash) values ($2, $1, 'Ada@Example.com', 'Ada', 'h')`,
      [tenant, user],
    );
    const platform = as('platform_services');
    const found = await platform.query(`select id from identity.find_account('ADA@example.COM')`);
    expect(found.rows).toEqual([{ id: user }]);
    expect((await platform.query(`select id from identity.find_account('%')`)).rows).toEqual([]);
    expect((await platform.query('select * from identity.users')).rows).toEqual([]);
  });

  it('run as a role that owns no tables', async () => {
    const rows = await adminRows<{ owner: string; secdef: boolean }>(`
      select distinct pg_get_userbyid(proowner) as owner, prosecdef as secdef from pg_proc
      where proname like 'find\\_%' and pronamespace = 'identity'::regnamespace`);
    expect(rows).toEqual([{ owner: 'pyairtable_sign_in', secdef: true }]);
    const owned = await adminRows(`select 1 from pg_class where relowner = 'pyairtable_sign_in'::regrole`);
    expect(owned).toEqual([]);
  });
});

describe('the schema', () => {
  it('has the assessment’s five metadata tables and six indexes', async () => {
    const tables = await adminRows<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'airtable' and tablename like 'airtable\\_%' order by 1`,
    );
    expect(tables.map(({ name }) => name)).toEqual([
      'airtable_bases',
      'airtable_field_mappings',
      'airtable_sync_logs',
      'airtable_tables',
      'airtable_workspaces',
    ]);
    const indexes = await adminRows<{ definition: string }>(
      `select regexp_replace(indexdef, '^.* ON airtable\\.', '') as definition from pg_indexes
       where schemaname = 'airtable' and indexname like 'idx\\_airtable%' order by 1`,
    );
    expect(indexes.map(({ definition }) => definition)).toEqual([
      'airtable_bases USING btree (workspace_id)',
      'airtable_field_mappings USING btree (base_id, table_id)',
      'airtable_sync_logs USING btree (base_id)',
      'airtable_sync_logs USING btree (started_at)',
      'airtable_sync_logs USING btree (sync_status)',
      'airtable_tables USING btree (base_id)',
    ]);
  });
});

describe('migrate', () => {
  const original = join(import.meta.dirname, 'migrations');

  it('does nothing the second time, even with two concurrent jobs', async () => {
    const count = (await readdir(original)).length;
    const again = () => migrate({ adminUrl: database.adminUrl, migrationsDir: original, passwords: {} });
    const results = await Promise.all([again(), again()]);
    expect(results).toEqual([
      { applied: [], present: count },
      { applied: [], present: count },
    ]);
  });

  it('rolls back a failed migration and reports which and why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pyairtable-migrations-'));
    try {
      await cp(original, folder, { recursive: true });
      await writeFile(join(folder, '999_broken.sql'), 'create table files.half (a int); select nonsense;');
      await expect(
        migrate({ adminUrl: database.adminUrl, migrationsDir: folder, passwords: {} }),
      ).rejects.toThrow('999_broken.sql: 42703 column "nonsense" does not exist');
      expect(await adminRows(`select to_regclass('files.half') as found`)).toEqual([{ found: null }]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('accepts a migration whose comments were changed after it had been applied', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pyairtable-migrations-'));
    try {
      await cp(original, folder, { recursive: true });
      const file = join(folder, '001_foundation.sql');
      await writeFile(file, `-- Another comment.\n${await readFile(file, 'utf8')}`);
      const options = { adminUrl: database.adminUrl, migrationsDir: folder, passwords: {} };
      expect(await migrate(options)).toMatchObject({ applied: [] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('rejects a migration that was changed after it had been applied', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pyairtable-migrations-'));
    try {
      await cp(original, folder, { recursive: true });
      await writeFile(join(folder, '001_foundation.sql'), '-- other');
      await expect(
        migrate({ adminUrl: database.adminUrl, migrationsDir: folder, passwords: {} }),
      ).rejects.toThrow('001_foundation.sql was changed after it had been applied');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
