import { type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { serviceDatabases } from '../kit/service-databases.ts';
import { insufficientPrivilege, sqlStateOf } from '../kit/sql-state.ts';
import {
  createsTables,
  memberOfOwner,
  ownTable,
  readsForeignTables,
  rowSecurityBypassed,
} from './database-breaks.ts';

const roles = serviceDatabases.map(({ role }) => role);

export const rolesUnprivileged = defineCheck({
  id: 'infrastructure.roles.one-unprivileged-per-service',
  title: 'Every service has its own unprivileged database role',
  standards: ['ASVS 13.2.2', 'ASVS 8.4.1'],
  failureTitle: 'A database role of a service has too many rights',
  why: 'Row-level security does not apply to superusers and table owners, so isolation would only appear to work.',
  category: 'infrastructure',
  severity: 'blocker',
  needs: ['infrastructure.postgres.version-16-9'],
  requires: ['postgres-admin', 'postgres-service-roles'],
  remediation: {
    text: 'Create the role with NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE, let pyairtable_owner own all tables, and revoke memberships (REVOKE role FROM role).',
    effort: 'hours',
  },
  breaks: [rowSecurityBypassed, memberOfOwner, ownTable],
  expects: { roles: equals([...roles].sort()), privileged: empty(), owned: empty(), connectedAs: empty() },
  run: async ({ databaseAdmin, databaseAs }) => {
    const admin = databaseAdmin();
    const found = await admin.query(
      `select rolname as role, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as privileged
       from pg_roles where rolname = any($1) and rolcanlogin order by rolname`,
      [roles],
    );
    const memberships = await admin.query(
      `select m.rolname as member, g.rolname as of from pg_auth_members a
       join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid where m.rolname = any($1)`,
      [roles],
    );
    const owned = await admin.query(
      `select format('%s owns %s.%s', r.rolname, n.nspname, c.relname) as problem from pg_class c
       join pg_roles r on r.oid = c.relowner join pg_namespace n on n.oid = c.relnamespace
       where r.rolname = any($1) and c.relkind in ('r', 'p', 'v', 'm') limit 20`,
      [roles],
    );
    const wrongNames = await Promise.all(
      serviceDatabases.map(async ({ service, role }) => {
        const { rows } = await databaseAs(service).query(
          'select current_user as name, session_user as session',
        );
        const same = rows[0].name === role && rows[0].session === role;
        return same ? [] : [`${service} connects as ${rows[0].session}, not as ${role}`];
      }),
    );
    return {
      roles: found.rows.map(({ role }) => role).sort(),
      privileged: [
        ...found.rows.filter(({ privileged }) => privileged).map(({ role }) => `${role} has a privilege`),
        ...memberships.rows.map((row) => `${row.member} is a member of ${row.of}`),
      ],
      owned: owned.rows.map(({ problem }) => problem),
      connectedAs: wrongNames.flat(),
    };
  },
});

export const rolesConfined = defineCheck({
  id: 'infrastructure.roles.confined-to-own-schema',
  title: 'Every service role is confined to its own schema',
  standards: ['ASVS 13.2.2'],
  failureTitle: 'A service role leaves its own schema',
  why: 'One compromised or defective service must not read or drop the data of the others.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.roles.one-unprivileged-per-service'],
  requires: ['postgres-admin', 'postgres-service-roles'],
  timeoutMs: 30_000,
  destructive: { kind: 'database', effect: 'tries to create tables in other schemas and rolls back' },
  remediation: {
    text: 'Revoke CREATE and foreign USAGE from the role in the observation (REVOKE ALL ON SCHEMA … FROM …), and grant it privileges on its own schema only.',
    effort: 'hours',
  },
  breaks: [createsTables, readsForeignTables],
  controls: ['tried'],
  expects: { allowed: empty(), tried: equals(serviceDatabases.length * 3) },
  run: async (context) => {
    const allowed: string[] = [];
    let tried = 0;
    const foreign = await tableOfEachSchema(context);
    for (const { service, schema } of serviceDatabases) {
      const other = foreign.find((table) => table.schema !== schema);
      const attempts: readonly (readonly [action: string, sql: string])[] = [
        ['create a table in its schema', `create table ${schema}.${context.unique('intruder')} (id int)`],
        ['create a table in public', `create table public.${context.unique('intruder')} (id int)`],
        [`read ${other?.schema}.${other?.table}`, `select 1 from ${other?.schema}.${other?.table} limit 1`],
      ];
      for (const [action, sql] of attempts) {
        tried += 1;
        const state = await attempt(context, service, sql);
        if (state !== insufficientPrivilege) allowed.push(`${service} may ${action} (${state})`);
      }
    }
    return { allowed, tried };
  },
});

async function tableOfEachSchema({
  databaseAdmin,
}: CheckContext): Promise<{ schema: string; table: string }[]> {
  const { rows } = await databaseAdmin().query<{ schema: string; table: string }>(
    `select distinct on (schemaname) schemaname as schema, tablename as table from pg_tables
     where schemaname = any($1) order by schemaname, tablename`,
    [serviceDatabases.map(({ schema }) => schema)],
  );
  return rows;
}

/** Runs a statement under a service's role and rolls it back. @returns its SQLSTATE, or `done`. */
async function attempt({ databaseAs }: CheckContext, service: ServiceName, sql: string): Promise<string> {
  const client = await databaseAs(service).connect();
  try {
    await client.query('begin');
    return await sqlStateOf(client.query(sql));
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
