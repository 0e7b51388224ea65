import type pg from 'pg';
import { scramVerifier } from './scram.ts';

/** Owns every schema and table, and cannot log in. */
export const ownerRole = 'pyairtable_owner';
/** Owns the sign-in lookups; see migration 003. */
export const signInRole = 'pyairtable_sign_in';
/** Owns the functions that find pending work of all tenants; see migration 030. */
export const jobsRole = 'pyairtable_jobs';
/** Owns the functions that erase protected rows of deleted accounts; see migration 094. */
export const erasureRole = 'pyairtable_erasure';
/** Owns the function that deletes rows whose time of retention is over; see migration 106. */
export const retentionRole = 'pyairtable_retention';
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

const unprivileged = 'nosuperuser nobypassrls nocreatedb nocreaterole noreplication';

/** Creates a role or sets the attributes of an existing one. Utility statements accept no parameters. */
async function ensureRole(client: pg.Client, role: string, attributes: string): Promise<void> {
  const existing = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  await client.query(
    `${existing.rowCount === 0 ? 'create' : 'alter'} role ${role} ${unprivileged} ${attributes}`,
  );
}

/**
 * Creates the roles or resets their attributes and passwords. Passwords are sent as SCRAM verifiers, so they cannot
 * appear in a server log. A role that is missing in `passwords` keeps its password, or cannot log in.
 */
export async function ensureRoles(
  client: pg.Client,
  passwords: Readonly<Partial<Record<ServiceRole, string>>>,
): Promise<void> {
  for (const role of [ownerRole, signInRole, jobsRole, erasureRole, retentionRole])
    await ensureRole(client, role, 'nologin');
  for (const role of serviceRoles) {
    const password = passwords[role];
    await ensureRole(
      client,
      role,
      `login noinherit${password === undefined ? '' : ` password '${scramVerifier(password)}'`}`,
    );
  }
  // Lets the owner transfer functions to these roles without inheriting their rights.
  await client.query(
    `grant ${signInRole}, ${jobsRole}, ${erasureRole}, ${retentionRole} to ${ownerRole} with inherit false, set true`,
  );
}

/** Revokes PostgreSQL's default rights from PUBLIC and lets the services connect. */
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
