import type { PoolClient } from 'pg';
import { atLeast, defineCheck, empty } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { serviceDatabases, tenantSetting } from '../../kit/service-databases.ts';
import { insufficientPrivilege } from '../../kit/sql-state.ts';
import { furtherSecurity } from '../check-fields.ts';
import { createSampleTenant } from './sample-tenant.ts';
import { createServiceObjects } from './service-objects.ts';
import { foreignRoleBreaks } from './tenant-breaks.ts';

/** Tables that have rows of a sample tenant with its service objects. */
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
  title: 'No database role reads or changes other tenants’ rows',
  why: 'A forgotten WHERE clause or an injected condition cannot leak rows that the database itself withholds (ASVS 5.0 8.4.1).',
  severity: 'blocker',
  requires: ['postgres-service-roles'],
  destructive: { kind: 'database', effect: 'tries to change rows of another tenant and rolls back' },
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
  breaks: foreignRoleBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([createSampleTenant(context), createSampleTenant(context)]);
    await Promise.all([createServiceObjects(context, own), createServiceObjects(context, other)]);
    const foreignRowsSeen: string[] = [];
    const rowsSeenWithoutTenant: string[] = [];
    const foreignRowsChanged: string[] = [];
    const foreignRowsDeleted: string[] = [];
    const tablesWithOwnRows = new Set<string>();
    let tables = 0;
    for (const { service, schema } of serviceDatabases) {
      const client = await context.databaseAs(service).connect();
      try {
        for (const table of await tenantTables(client, schema)) {
          tables += 1;
          await client.query('begin');
          if ((await affectedRows(client, `select 1 from ${table}`)) > 0) rowsSeenWithoutTenant.push(table);
          await setTenant(client, own.account);
          const foreign = `from ${table} where tenant_id = $1 or tenant_id is distinct from $2`;
          const ids = [other.account.tenantId, own.account.tenantId];
          if ((await affectedRows(client, `select 1 ${foreign}`, ids)) > 0) foreignRowsSeen.push(table);
          const update = `update ${table} set tenant_id = tenant_id where tenant_id = $1`;
          if ((await affectedRows(client, update, ids)) > 0) foreignRowsChanged.push(table);
          const remove = `delete from ${table} where tenant_id = $1`;
          if ((await affectedRows(client, remove, ids)) > 0) foreignRowsDeleted.push(table);
          // If the other tenant has no rows in the table, reading none proves nothing.
          await setTenant(client, other.account);
          const select = `select 1 from ${table} where tenant_id = $1`;
          if ((await affectedRows(client, select, ids)) > 0) tablesWithOwnRows.add(table);
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

async function setTenant(client: PoolClient, account: { tenantId: string; userId: string }): Promise<void> {
  await client.query("select set_config($1, $2, true), set_config('app.user_id', $3, true)", [
    tenantSetting,
    account.tenantId,
    account.userId,
  ]);
}

/** Number of rows that a statement reads or changes. A missing privilege counts as none. */
async function affectedRows(client: PoolClient, sql: string, values: string[] = []): Promise<number> {
  await client.query('savepoint attempt');
  try {
    const { rowCount } = await client.query(sql, sql.includes('$2') ? values : values.slice(0, 1));
    return rowCount ?? 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === insufficientPrivilege) return 0;
    throw error;
  } finally {
    await client.query('rollback to savepoint attempt');
  }
}
