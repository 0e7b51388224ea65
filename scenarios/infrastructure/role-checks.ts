import { type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { databaseSeats } from '../kit/database-seats.ts';

const roles = databaseSeats.map(({ role }) => role);

export const rolesUnprivileged = defineCheck({
  id: 'infrastructure.roles.one-unprivileged-per-service',
  title: 'Every service has a database role of its own, without privileges beyond its work',
  why: 'A superuser or a table owner passes row-level security unseen: isolation then only looks as if it worked.',
  category: 'infrastructure',
  severity: 'blocker',
  needs: ['infrastructure.postgres.version-16-9'],
  requires: ['postgres-admin', 'postgres-service-roles'],
  remediation: {
    text: 'Create the role with NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE, let pyairtable_owner own all tables, and take away memberships (REVOKE role FROM role).',
    effort: 'hours',
  },
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
      `select format('%s owns %s.%s', r.rolname, n.nspname, c.relname) as what from pg_class c
       join pg_roles r on r.oid = c.relowner join pg_namespace n on n.oid = c.relnamespace
       where r.rolname = any($1) and c.relkind in ('r', 'p', 'v', 'm') limit 20`,
      [roles],
    );
    const wrongNames = await Promise.all(
      databaseSeats.map(async ({ service, role }) => {
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
      owned: owned.rows.map(({ what }) => what),
      connectedAs: wrongNames.flat(),
    };
  },
});

/** SQLSTATE of "insufficient privilege". */
const denied = '42501';

export const rolesConfined = defineCheck({
  id: 'infrastructure.roles.confined-to-own-schema',
  title: 'No service role can change the schema or read another service’s data',
  why: 'One compromised or faulty service must not be able to read, or drop, what the others keep.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.roles.one-unprivileged-per-service'],
  requires: ['postgres-admin', 'postgres-service-roles'],
  timeoutMs: 30_000,
  remediation: {
    text: 'Revoke CREATE and foreign USAGE from the role named in the observation (REVOKE ALL ON SCHEMA … FROM …), and give it rights on its own schema only.',
    effort: 'hours',
  },
  expects: { allowed: empty(), tried: equals(databaseSeats.length * 3) },
  run: async (context) => {
    const allowed: string[] = [];
    let tried = 0;
    const foreign = await tableOfEachSchema(context);
    for (const { service, schema } of databaseSeats) {
      const other = foreign.find((table) => table.schema !== schema);
      const attempts: readonly (readonly [what: string, sql: string])[] = [
        ['create a table in its schema', `create table ${schema}.${context.unique('intruder')} (id int)`],
        ['create a table in public', `create table public.${context.unique('intruder')} (id int)`],
        [`read ${other?.schema}.${other?.table}`, `select 1 from ${other?.schema}.${other?.table} limit 1`],
      ];
      for (const [what, sql] of attempts) {
        tried += 1;
        const code = await stateOf(context, service, sql);
        if (code !== denied) allowed.push(`${service} may ${what} (${code})`);
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
    [databaseSeats.map(({ schema }) => schema)],
  );
  return rows;
}

/** What the database says to a statement of a service's role, always rolled back: an SQLSTATE, or `done`. */
async function stateOf(
  { databaseAs }: CheckContext,
  service: (typeof databaseSeats)[number]['service'],
  sql: string,
): Promise<string> {
  const client = await databaseAs(service).connect();
  try {
    await client.query('begin');
    await client.query(sql);
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
