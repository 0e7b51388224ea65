import type { PoolClient } from 'pg';
import { atLeast, defineCheck, empty } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { databaseSeats, tenantSetting } from '../../kit/database-seats.ts';
import { furtherSecurity } from '../check-fields.ts';
import { fillServices } from './service-objects.ts';
import { makeWorld } from './tenant-world.ts';

/** SQLSTATE of a right that the role does not have. */
const insufficientPrivilege = '42501';

/** Tables that hold rows of a tenant with a filled base and one object in each other service. */
const filled = [
  'identity.users',
  'identity.sessions',
  'identity.workspaces',
  'airtable.bases',
  'airtable.tables',
  'airtable.fields',
  'airtable.views',
  'airtable.records',
  'airtable.comments',
  'files.files',
  'automation.workflows',
] as const;

export const rolesSeeNothing = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.service-roles-confined',
  title: 'Under every service’s database role no query sees or changes another tenant’s rows, in any table',
  why: 'One forgotten WHERE clause, one injected condition: what the database itself does not hand out cannot leak (ASVS 5.0 8.4.1).',
  severity: 'blocker',
  requires: ['postgres-service-roles'],
  needs: [
    registrationWorks,
    'infrastructure.row-security.forced-on-tenant-tables',
    ...['airtable-gateway', 'user-service', 'file-service', 'automation-services'].map(
      (name) => `services.${name}.available`,
    ),
  ],
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'airtable-gateway',
    'file-service',
    'automation-services',
  ],
  remediation: {
    text: "Compare the table's policies (\\d+ schema.table) with migrations.protect_tenant_table: enabled, forced, using and with check on current_setting('app.tenant_id', true), failing closed.",
    effort: 'days',
  },
  expects: {
    foreignRowsSeen: empty(),
    rowsSeenWithoutTenant: empty(),
    foreignRowsChanged: empty(),
    foreignRowsDeleted: empty(),
    withoutOwnRows: empty(),
    tables: atLeast(filled.length, 'tables'),
  },
  run: async (context) => {
    const [own, other] = await Promise.all([makeWorld(context), makeWorld(context)]);
    await Promise.all([fillServices(context, own), fillServices(context, other)]);
    const foreignRowsSeen: string[] = [];
    const rowsSeenWithoutTenant: string[] = [];
    const foreignRowsChanged: string[] = [];
    const foreignRowsDeleted: string[] = [];
    const tablesWithOwnRows = new Set<string>();
    let tables = 0;
    for (const { service, schema } of databaseSeats) {
      const client = await context.databaseAs(service).connect();
      try {
        for (const table of await tenantTables(client, schema)) {
          tables += 1;
          await client.query('begin');
          if (((await touched(client, `select 1 from ${table}`)) ?? 0) > 0) rowsSeenWithoutTenant.push(table);
          await become(client, own.account);
          const foreign = `from ${table} where tenant_id = $1 or tenant_id is distinct from $2`;
          const ids = [other.account.tenantId, own.account.tenantId];
          if (((await touched(client, `select 1 ${foreign}`, ids)) ?? 0) > 0) foreignRowsSeen.push(table);
          // No right to change or delete at all is as good as no row that can be reached.
          const update = `update ${table} set tenant_id = tenant_id where tenant_id = $1`;
          if (((await touched(client, update, ids.slice(0, 1))) ?? 0) > 0) foreignRowsChanged.push(table);
          const remove = `delete from ${table} where tenant_id = $1`;
          if (((await touched(client, remove, ids.slice(0, 1))) ?? 0) > 0) foreignRowsDeleted.push(table);
          // What the other tenant sees of the same table: without rows there, seeing none proves nothing.
          await become(client, other.account);
          const theirs = await touched(
            client,
            `select 1 from ${table} where tenant_id = $1`,
            ids.slice(0, 1),
          );
          if ((theirs ?? 0) > 0) tablesWithOwnRows.add(table);
          await client.query('rollback');
        }
      } finally {
        await client.query('rollback').catch(() => undefined);
        client.release();
      }
    }
    return {
      foreignRowsSeen,
      rowsSeenWithoutTenant,
      foreignRowsChanged,
      foreignRowsDeleted,
      withoutOwnRows: filled.filter((table) => !tablesWithOwnRows.has(table)),
      tables,
    };
  },
});

async function tenantTables(client: PoolClient, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%s.%s', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
     where n.nspname = $1 and c.relkind in ('r', 'p') order by 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

async function become(client: PoolClient, who: { tenantId: string; userId: string }): Promise<void> {
  await client.query("select set_config($1, $2, true), set_config('app.user_id', $3, true)", [
    tenantSetting,
    who.tenantId,
    who.userId,
  ]);
}

/** How many rows a statement sees or changes; null when the database refuses it. */
async function touched(client: PoolClient, sql: string, values: string[] = []): Promise<number | null> {
  await client.query('savepoint attempt');
  try {
    const { rowCount } = await client.query(sql, sql.includes('$2') ? values : values.slice(0, 1));
    return rowCount ?? 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === insufficientPrivilege) return null;
    throw error;
  } finally {
    await client.query('rollback to savepoint attempt');
  }
}
