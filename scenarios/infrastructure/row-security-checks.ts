import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { serviceDatabases, tenantSetting } from '../kit/service-databases.ts';
import { insufficientPrivilege, sqlStateOf } from '../kit/sql-state.ts';
import { disabled, everyUserVisible, insertsAnywhere, notForced, withoutTenant } from './database-breaks.ts';

const schemas = serviceDatabases.map(({ schema }) => schema);

export const rowSecurityForced = defineCheck({
  id: 'infrastructure.row-security.forced-on-tenant-tables',
  title: 'Row-level security is forced on every tenant table',
  standards: ['ASVS 8.4.1', 'API1'],
  failureTitle: 'A tenant table has no forced row-level security',
  why: 'Without it, one forgotten WHERE clause shows one customer’s rows to another.',
  category: 'infrastructure',
  severity: 'blocker',
  needs: ['infrastructure.schema.identity-tables'],
  requires: ['postgres-admin'],
  remediation: {
    text: "In a new migration: call migrations.protect_tenant_table('schema.table'), which enables and forces row-level security and adds the tenant policy.",
    effort: 'hours',
  },
  breaks: [notForced, disabled, withoutTenant],
  controls: ['tablesWithTenant'],
  expects: { tablesWithTenant: equals(true), unprotected: empty(), withoutTenantColumn: empty() },
  run: async ({ databaseAdmin, keep }) => {
    const { rows } = await databaseAdmin().query<{
      name: string;
      tenant: boolean;
      enabled: boolean;
      forced: boolean;
      policies: number;
    }>(
      `select format('%s.%s', n.nspname, c.relname) as name, c.relrowsecurity as enabled,
              c.relforcerowsecurity as forced,
              (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
              exists (select from pg_attribute a
                      where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as tenant
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any($1) and c.relkind in ('r', 'p') order by 1`,
      [schemas],
    );
    await keep(
      'tables.json',
      rows.map((row) => ({ ...row })),
    );
    const tenantTables = rows.filter(({ tenant }) => tenant);
    // Every table needs a tenant, except signing keys and erasures, which name no tenant, and requests to reset a
    // password. Their address may belong to nobody, so they are stored before it is known whether there is a tenant. A
    // row has the address as it was given: a digest could be guessed, and no account could be found with it. It lasts
    // until it is answered, usually less than a second, at most 30 minutes, and goes with the account.
    const platformWide = new Set([
      'identity.signing_keys',
      'identity.erasures',
      'identity.password_reset_requests',
    ]);
    return {
      tablesWithTenant: tenantTables.length >= 10,
      unprotected: tenantTables
        .filter(({ enabled, forced, policies }) => !enabled || !forced || policies === 0)
        .map(
          ({ name, enabled, forced, policies }) =>
            `${name}: enabled ${enabled}, forced ${forced}, ${policies} policies`,
        ),
      withoutTenantColumn: rows
        .filter(({ tenant, name }) => !tenant && !platformWide.has(name))
        .map(({ name }) => name),
    };
  },
});

export const tenantsIsolated = defineCheck({
  id: 'infrastructure.row-security.other-tenants-invisible',
  title: 'A service role reads and writes one tenant’s rows only',
  standards: ['ASVS 8.4.1', 'ASVS 8.2.2', 'API1'],
  failureTitle: 'A service role reads or writes rows of another tenant',
  why: 'An existing policy proves nothing. Only reads across tenants with the service’s own role show that it works.',
  category: 'infrastructure',
  severity: 'blocker',
  needs: [
    'infrastructure.row-security.forced-on-tenant-tables',
    'infrastructure.roles.one-unprivileged-per-service',
    registrationWorks,
  ],
  requires: ['postgres-service-roles'],
  destructive: { kind: 'database', effect: 'tries to change rows of another tenant and rolls back' },
  services: ['gateway', 'platform-services'],
  remediation: {
    text: `Compare the table's policies (\\d+ identity.users) with migrations.protect_tenant_table: they must read current_setting('${tenantSetting}', true) and fail closed. Then search for a role that bypasses them.`,
    effort: 'days',
  },
  breaks: [everyUserVisible, insertsAnywhere],
  controls: ['ownRows'],
  expects: {
    ownRows: equals(1),
    foreignRows: equals(0),
    foreignRowsChanged: equals(0),
    rowsWithoutTenant: equals(0),
    rowsAfterTenantEnded: equals(0),
    foreignInsert: equals(insufficientPrivilege),
  },
  run: async ({ account, databaseAs }) => {
    const [own, other] = await Promise.all([account(), account()]);
    const client = await databaseAs('platform-services').connect();
    const count = async (sql: string, ...values: string[]): Promise<number> => {
      const { rows, rowCount } = await client.query(sql, values);
      return rows[0]?.count ?? rowCount ?? -1;
    };
    const users = 'select count(*)::int as count from identity.users where id = $1';
    try {
      const rowsWithoutTenant = await count('select count(*)::int as count from identity.users');
      await client.query('begin');
      await client.query('select set_config($1, $2, true)', [tenantSetting, own.tenantId]);
      const ownRows = await count(users, own.userId);
      const foreignRows =
        (await count(users, other.userId)) +
        (await count(
          'select count(*)::int as count from identity.users where tenant_id = $1',
          other.tenantId,
        )) +
        (await count(
          'select count(*)::int as count from identity.sessions where user_id = $1',
          other.userId,
        ));
      const foreignRowsChanged = await count(
        'update identity.users set name = name where id = $1',
        other.userId,
      );
      const foreignInsert = await sqlStateOf(
        client.query('insert into identity.workspaces (tenant_id, name, created_by) values ($1, $2, $3)', [
          other.tenantId,
          'intruder',
          own.userId,
        ]),
      );
      await client.query('rollback');
      // The connection serves the next tenant, so the setting must end with its transaction.
      const rowsAfterTenantEnded = await count('select count(*)::int as count from identity.users');
      return {
        ownRows,
        foreignRows,
        foreignRowsChanged,
        rowsWithoutTenant,
        rowsAfterTenantEnded,
        foreignInsert,
      };
    } finally {
      await client.query('rollback').catch(() => undefined);
      client.release();
    }
  },
});
