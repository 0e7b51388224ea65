import type pg from 'pg';
import { scramVerifier } from './scram.ts';

/** Owns every schema and table; nobody can log in as it. */
export const ownerRole = 'pyairtable_owner';
/** Owns the sign-in lookups; see migration 003. */
export const signInRole = 'pyairtable_sign_in';
/** Owns the functions by which services find work of any tenant that waits to be done; see migration 030. */
export const jobsRole = 'pyairtable_jobs';
/** Login roles, one per service that stores data. */
export const serviceRoles = [
  'platform_services',
  'user_service',
  'airtable_gateway',
  'llm_orchestrator',
  'file_service',
  'saga_service',
  'automation_services',
] as const;
export type ServiceRole = (typeof serviceRoles)[number];

const harmless = 'nosuperuser nobypassrls nocreatedb nocreaterole noreplication';

/** Creates a role or brings an existing one to the wanted attributes; utility statements take no parameters. */
async function ensureRole(client: pg.Client, role: string, attributes: string): Promise<void> {
  const existing = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  await client.query(
    `${existing.rowCount === 0 ? 'create' : 'alter'} role ${role} ${harmless} ${attributes}`,
  );
}

/**
 * Creates the roles or repairs their attributes and passwords.
 * Passwords are sent as SCRAM verifiers, so no server log can hold them. A role without a password in
 * `passwords` keeps the one it has, or cannot log in.
 */
export async function ensureRoles(
  client: pg.Client,
  passwords: Readonly<Partial<Record<ServiceRole, string>>>,
): Promise<void> {
  await ensureRole(client, ownerRole, 'nologin');
  await ensureRole(client, signInRole, 'nologin');
  await ensureRole(client, jobsRole, 'nologin');
  for (const role of serviceRoles) {
    const password = passwords[role];
    await ensureRole(
      client,
      role,
      `login noinherit${password === undefined ? '' : ` password '${scramVerifier(password)}'`}`,
    );
  }
  // To hand functions over, without inheriting what these roles may see.
  await client.query(`grant ${signInRole}, ${jobsRole} to ${ownerRole} with inherit false, set true`);
}

/** Takes from everybody what PostgreSQL gives by default, and lets the services connect. */
export async function ensureDatabaseGrants(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name');
  const database = rows[0]?.name;
  await client.query(`
    revoke all on database ${database} from public;
    revoke all on schema public from public;
    grant create on database ${database} to ${ownerRole};
    grant connect on database ${database} to ${serviceRoles.join(', ')};
  `);
}
