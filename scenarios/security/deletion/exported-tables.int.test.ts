import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceRole } from '../../../platform/database/roles.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../platform/database/testing/temporary-database.ts';
import { exportLines } from '../../../platform/kit/erasure/export-rows.ts';
import type { ExportedTable } from '../../../platform/kit/erasure/exported-table.ts';
import { type Database, openDatabase } from '../../../platform/kit/postgres/database.ts';
import { exportedTables as airtable } from '../../../platform/services/airtable-gateway/exported-tables.ts';
import { exportedTables as automation } from '../../../platform/services/automation-services/service-calls/exported-tables.ts';
import { exportedTables as files } from '../../../platform/services/file-service/store/exported-tables.ts';
import { exportedTables as conversations } from '../../../platform/services/llm-orchestrator/exported-tables.ts';
import { exportedTables as identity } from '../../../platform/services/platform-services/exports/exported-tables.ts';
import { exportedTables as sagas } from '../../../platform/services/saga-service/store/exported-tables.ts';
import { exportedTables as profiles } from '../../../platform/services/user-service/exported-tables.ts';
import { unexportedTables } from './unexported-tables.ts';

const tablesOf: Readonly<Record<ServiceRole, readonly ExportedTable[]>> = {
  platform_services: identity,
  user_service: profiles,
  airtable_gateway: airtable,
  llm_orchestrator: conversations,
  file_service: files,
  saga_service: sagas,
  automation_services: automation,
};
const services = Object.entries(tablesOf) as [ServiceRole, readonly ExportedTable[]][];

/** Tables without a tenant, by name or by schema, and why they are in no export. */
const withoutTenant: Readonly<Record<string, string>> = {
  'identity.erasures': 'Begins after the account. Names no person.',
  'identity.password_reset_requests': 'A queue of some seconds, 30 minutes at most.',
  'identity.signing_keys': 'Keys of the platform.',
  migrations: 'Names of migrations.',
  saga_runs: 'Ids of sagas, which are exported.',
  automation_runs: 'Ids of executions, which are exported.',
};

/** Columns that are exported although their name has one of the words for secrets. */
const harmless = [
  'automation.executions.trigger_key',
  'conversations.api_usage_logs.input_tokens',
  'conversations.api_usage_logs.output_tokens',
  'conversations.api_usage_logs.thinking_tokens',
  'identity.grants.personal_token_id',
  'identity.users.password_changed_at',
];

let stores: TemporaryDatabase;
let admin: pg.Pool;
const databases = new Map<ServiceRole, Database>();

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = new pg.Pool({ connectionString: stores.adminUrl, max: 1 });
  for (const [role] of services)
    databases.set(
      role,
      openDatabase({ url: stores.urlOf(role), poolSize: 1, log: pino({ level: 'silent' }) }),
    );
}, 60_000);
afterAll(async () => {
  await Promise.all([...databases.values()].map((database) => database.close()));
  await admin?.end();
  await stores?.stop();
});

/** Runs the statement of every table, as its service does. */
async function linesOf(role: ServiceRole, tables: readonly ExportedTable[], whole_tenant: boolean) {
  const order = { tenant_id: randomUUID(), user_id: randomUUID(), email: 'a@b.example', whole_tenant };
  return text(exportLines(databases.get(role) as Database, tables, order));
}

it.each(services)('%s reads each of its tables with its own role', async (role, tables) => {
  const end = `${JSON.stringify({ end: true, rows: 0 })}\n`;
  expect(await linesOf(role, tables, true)).toBe(end);
  expect(await linesOf(role, tables, false)).toBe(end);
});

it('rejects a column of secrets that does not exist', async () => {
  const table: ExportedTable = { table: 'profiles.profiles', ownedBy: 'id = $1', omit: ['bio', 'pasword'] };
  await expect(linesOf('user_service', [table], true)).rejects.toThrow(
    'profiles.profiles has no column pasword: correct `omit` in exported-tables.ts',
  );
});

it('states for every table what of it is in an export', async () => {
  const { rows } = await admin.query<{ schema: string; name: string; has_tenant: boolean }>(
    `select n.nspname as schema, format('%s.%s', n.nspname, c.relname) as name,
            exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as has_tenant
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`,
  );
  const stated = services.flatMap(([, tables]) => tables.map(({ table }) => table));
  expect(stated.sort()).toEqual(
    rows
      .filter(({ has_tenant }) => has_tenant)
      .map(({ name }) => name)
      .sort(),
  );
  const others = rows.filter(({ has_tenant }) => !has_tenant);
  const unstated = others.filter(({ schema, name }) => !(schema in withoutTenant || name in withoutTenant));
  expect(unstated).toEqual([]);
});

it('leaves no exported table out of the comparison of the check', () => {
  const declared = services.flatMap(([, tables]) => tables.filter((one) => 'not' in one));
  expect(declared.map(({ table }) => table)).toEqual(expect.arrayContaining([...unexportedTables]));
});

it('exports no column that is named like a secret', async () => {
  const { rows } = await admin.query<{ table: string; column: string }>(
    `select format('%s.%s', table_schema, table_name) as table, column_name as column
     from information_schema.columns where column_name ~ '(secret|hash|token|key|sealed|password)'`,
  );
  const omitted = new Map(
    services.flatMap(([, tables]) =>
      tables.flatMap((declared) =>
        'ownedBy' in declared ? [[declared.table, declared.omit ?? []] as const] : [],
      ),
    ),
  );
  const exported = rows
    .filter(({ table, column }) => omitted.has(table) && !omitted.get(table)?.includes(column))
    .map(({ table, column }) => `${table}.${column}`);
  expect(exported.sort()).toEqual(harmless);
});
