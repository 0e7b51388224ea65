import { defineCheck, empty } from '../../harness/engine/index.ts';
import { auditColumnRenamed, indexInvalid, statusUnindexed, syncLogsRenamed } from './database-breaks.ts';

/** The assessment's five metadata tables, with the columns that its documents name. */
const metadataTables: Readonly<Record<string, readonly string[]>> = {
  airtable_workspaces: ['workspace_id', 'workspace_name', 'organization_id', 'is_active'],
  airtable_bases: [
    'base_id',
    'base_name',
    'workspace_id',
    'description',
    'permissions',
    'last_sync',
    'is_active',
  ],
  airtable_tables: [
    'table_id',
    'table_name',
    'base_id',
    'field_count',
    'record_count',
    'primary_field',
    'schema_definition',
    'view_definitions',
    'last_sync',
  ],
  airtable_field_mappings: [
    'field_id',
    'field_name',
    'field_type',
    'table_id',
    'base_id',
    'field_config',
    'is_primary',
    'is_required',
  ],
  airtable_sync_logs: [
    'sync_id',
    'base_id',
    'table_id',
    'sync_type',
    'sync_status',
    'records_processed',
    'records_created',
    'records_updated',
    'records_deleted',
    'error_message',
    'started_at',
    'completed_at',
    'duration_seconds',
  ],
};

/** The six indexes by the columns they cover; their names do not matter. */
const metadataIndexes: readonly (readonly [table: string, columns: string])[] = [
  ['airtable_bases', 'workspace_id'],
  ['airtable_tables', 'base_id'],
  ['airtable_field_mappings', 'base_id, table_id'],
  ['airtable_sync_logs', 'base_id'],
  ['airtable_sync_logs', 'sync_status'],
  ['airtable_sync_logs', 'started_at'],
];

/** The tables that sign-in needs, with their essential columns. */
const identityTables: Readonly<Record<string, readonly string[]>> = {
  users: ['id', 'tenant_id', 'email', 'password_hash', 'role', 'is_active'],
  sessions: ['id', 'tenant_id', 'user_id', 'expires_at', 'revoked_at'],
  workspaces: ['id', 'tenant_id', 'name', 'created_by'],
  audit_events: ['id', 'tenant_id', 'actor_id', 'event', 'outcome', 'request_id', 'created_at'],
};

const columnsQuery = `select table_name, column_name from information_schema.columns
  where table_schema = $1 and table_name = any($2)`;

function missingColumns(
  expected: Readonly<Record<string, readonly string[]>>,
  rows: readonly { table_name: string; column_name: string }[],
): string[] {
  const present = new Set(rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`));
  return Object.entries(expected)
    .flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
    .filter((column) => !present.has(column));
}

const remediation = {
  text: 'Run the migrations (platform/database/main.ts) against this database and read their output. A failed migration names its statement.',
  effort: 'hours',
} as const;

export const metadataTablesPresent = defineCheck({
  id: 'infrastructure.schema.metadata-tables',
  title: 'The five Airtable metadata tables exist with their columns',
  failureTitle: 'An Airtable metadata table or a column of one is missing',
  why: 'Schema sync, search and the dashboard read these tables. They return 500 if one is missing.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.postgres.version-16-9'],
  requires: ['postgres-admin'],
  remediation,
  breaks: [syncLogsRenamed],
  expects: { missing: empty() },
  run: async ({ databaseAdmin }) => {
    const { rows } = await databaseAdmin().query(columnsQuery, ['airtable', Object.keys(metadataTables)]);
    return { missing: missingColumns(metadataTables, rows) };
  },
});

export const metadataIndexesPresent = defineCheck({
  id: 'infrastructure.schema.metadata-indexes',
  title: 'The six metadata indexes exist and are valid',
  failureTitle: 'A metadata index is missing or invalid',
  why: 'Without them every listing scans whole tables. Nobody notices until the tables are large.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.schema.metadata-tables'],
  requires: ['postgres-admin'],
  remediation: {
    text: 'Create the missing index, or rebuild the invalid one with REINDEX INDEX CONCURRENTLY. The migration 005_airtable_metadata has all six definitions.',
    effort: 'hours',
  },
  breaks: [statusUnindexed, indexInvalid],
  expects: { missing: empty(), invalid: empty() },
  run: async ({ databaseAdmin }) => {
    const { rows } = await databaseAdmin().query<{
      table: string;
      columns: string;
      name: string;
      valid: boolean;
    }>(
      `select t.relname as table, c.relname as name, i.indisvalid as valid,
              (select string_agg(a.attname, ', ' order by k.position)
               from unnest(i.indkey::int2[]) with ordinality as k(attnum, position)
               join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum) as columns
       from pg_index i
       join pg_class c on c.oid = i.indexrelid
       join pg_class t on t.oid = i.indrelid
       join pg_namespace n on n.oid = t.relnamespace
       where n.nspname = 'airtable'`,
    );
    const missing = metadataIndexes.filter(
      ([table, columns]) => !rows.some((row) => row.table === table && row.columns === columns),
    );
    return {
      missing: missing.map(([table, columns]) => `${table} (${columns})`),
      invalid: rows.filter(({ valid }) => !valid).map(({ name }) => name),
    };
  },
});

export const identityTablesPresent = defineCheck({
  id: 'infrastructure.schema.identity-tables',
  title: 'All identity tables exist with their columns',
  failureTitle: 'An identity table or a column of one is missing',
  why: 'In the assessment a missing table was one of the causes of "registration returns HTTP 500".',
  category: 'infrastructure',
  severity: 'blocker',
  needs: ['infrastructure.postgres.version-16-9'],
  requires: ['postgres-admin'],
  remediation,
  breaks: [auditColumnRenamed],
  expects: { missing: empty(), idsOfAnotherType: empty() },
  run: async ({ databaseAdmin }) => {
    const names = Object.keys(identityTables);
    const { rows } = await databaseAdmin().query(columnsQuery, ['identity', names]);
    // Mixing integer and UUID ids leads to "operator does not exist: uuid = integer".
    const ids = await databaseAdmin().query<{ problem: string }>(
      `select format('%s.%s is %s', table_name, column_name, data_type) as problem
       from information_schema.columns
       where table_schema = 'identity' and table_name = any($1) and data_type <> 'uuid'
         and column_name = any('{id,tenant_id,user_id,actor_id,created_by}')`,
      [names],
    );
    return {
      missing: missingColumns(identityTables, rows),
      idsOfAnotherType: ids.rows.map(({ problem }) => problem),
    };
  },
});
