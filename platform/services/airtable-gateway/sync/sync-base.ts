import { randomUUID } from 'node:crypto';
import type { SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Table } from '../../../contracts/airtable-gateway/metadata.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { notFound, tableNotFound } from '../airtable-problem.ts';
import type { Call, Upstream } from '../upstream.ts';

export interface SyncRequest {
  base_id: string;
  table_id?: string | undefined;
  sync_type: SyncLog['sync_type'];
  /** The platform's id of the workspace that the base belongs to from now on; absent: the one it belongs to. */
  workspaceId?: string | undefined;
}

export interface SyncStores {
  database: Database;
  upstream: Upstream;
  /** Whether the upstream is the embedded Airtable. */
  storesBases: boolean;
}

/** Numbers of rows of the metadata tables for tables and fields. */
interface Counts {
  processed: number;
  created: number;
  updated: number;
  deleted: number;
}

/** A sync that runs for longer counts as abandoned, seconds. */
const abandonedAfterS = 300;

export const syncLogColumns = `sync_id, base_id, table_id, sync_type, sync_status, records_processed, records_created,
  records_updated, records_deleted, error_message, started_at, completed_at, duration_seconds`;

/**
 * Synchronizes the metadata tables with a base or one of its tables. The counts refer to rows for tables and fields;
 * an unchanged row counts as processed only. `full` writes every row, `incremental` and `schema` write rows that
 * differ.
 * @returns the log entry; after a failure it contains the reason
 * @throws AirtableProblem when the base or table does not exist; ProblemError `conflict` while another sync of the
 * base runs
 */
export async function syncBase(
  { database, upstream, storesBases }: SyncStores,
  call: Call,
  request: SyncRequest,
): Promise<SyncLog> {
  const { base_id: baseId } = request;
  const all = await upstream.listTables(call, baseId);
  const tables =
    request.table_id === undefined
      ? all
      : all.filter(({ id, name }) => id === request.table_id || name === request.table_id);
  if (request.table_id !== undefined && tables.length === 0) throw tableNotFound(request.table_id, baseId);
  const syncId = randomUUID();
  const base = await upstream.describeBase(call, baseId);
  await begin(database, call, {
    storesBases,
    request,
    syncId,
    base: { ...base, workspaceId: request.workspaceId ?? base.workspaceId },
  });
  try {
    const counted = await Promise.all(
      tables.map(async (table) => ({
        table,
        records: await upstream.countRecords(call, { baseId, table: table.id }),
      })),
    );
    return await database.withTenant(call.caller, async (tx) => {
      const counts = await writeTables(tx, call, { request, counted, all });
      return finish(tx, syncId, { status: 'completed', counts });
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return database.withTenant(call.caller, (tx) =>
      finish(tx, syncId, { status: 'failed', message: message.slice(0, 1000) }),
    );
  }
}

async function begin(
  database: Database,
  { caller }: Call,
  {
    storesBases,
    request,
    syncId,
    base,
  }: {
    storesBases: boolean;
    request: SyncRequest;
    syncId: string;
    base: { name: string; workspaceId: string; permission: string };
  },
): Promise<void> {
  await database.withTenant(caller, async (tx) => {
    if (storesBases) {
      // Metadata of a base that was deleted meanwhile would stay.
      const stored = await tx.query('select from airtable.bases where id = $1 for key share', [
        request.base_id,
      ]);
      if (stored.rowCount === 0) throw notFound();
    }
    await tx.query(
      `insert into airtable.airtable_workspaces (tenant_id, workspace_id, workspace_name) values ($1, $2, $2)
       on conflict (tenant_id, workspace_id) do nothing`,
      [caller.tenantId, base.workspaceId],
    );
    // This locks the row: of two simultaneous syncs of a base, the second one sees the log entry of the first.
    await tx.query(
      `insert into airtable.airtable_bases (tenant_id, base_id, base_name, workspace_id, permissions)
       values ($1, $2, $3, $4, $5)
       on conflict (tenant_id, base_id) do update
         set base_name = excluded.base_name, workspace_id = excluded.workspace_id,
           permissions = excluded.permissions, is_active = true, updated_at = now()`,
      [
        caller.tenantId,
        request.base_id,
        base.name,
        base.workspaceId,
        JSON.stringify({ permissionLevel: base.permission }),
      ],
    );
    const running = await tx.query(
      `select 1 from airtable.airtable_sync_logs
       where base_id = $1 and sync_status = 'running' and started_at > now() - make_interval(secs => $2)`,
      [request.base_id, abandonedAfterS],
    );
    if (running.rowCount > 0) throw problem('conflict', { message: 'Another sync of this base is running.' });
    await tx.query(
      `insert into airtable.airtable_sync_logs (tenant_id, sync_id, base_id, table_id, sync_type, sync_status)
       values ($1, $2, $3, $4, $5, 'running')`,
      [caller.tenantId, syncId, request.base_id, request.table_id ?? null, request.sync_type],
    );
  });
}

interface Work {
  request: SyncRequest;
  /** Tables to synchronize, with their number of records. */
  counted: { table: Table; records: number }[];
  /** All tables of the base; others are deleted. */
  all: readonly Table[];
}

async function writeTables(tx: Transaction, { caller }: Call, work: Work): Promise<Counts> {
  const { request, counted, all } = work;
  const counts: Counts = { processed: 0, created: 0, updated: 0, deleted: 0 };
  const always = request.sync_type === 'full';
  // First, as a deletion of the base locks it before what belongs to it: the other order ends in a deadlock.
  await tx.query(
    'update airtable.airtable_bases set last_sync = now(), updated_at = now() where base_id = $1',
    [request.base_id],
  );
  const add = ({ inserted }: { inserted: boolean | null }) => {
    counts.processed += 1;
    if (inserted === true) counts.created += 1;
    if (inserted === false) counts.updated += 1;
  };
  for (const { table, records } of counted) {
    add(await writeTable(tx, { tenantId: caller.tenantId, baseId: request.base_id, table, records, always }));
    for (const field of table.fields)
      add(await writeField(tx, { tenantId: caller.tenantId, baseId: request.base_id, table, field, always }));
    const fields = await tx.query(
      `delete from airtable.airtable_field_mappings
       where base_id = $1 and table_id = $2 and not field_id = any($3)`,
      [request.base_id, table.id, table.fields.map(({ id }) => id)],
    );
    counts.deleted += fields.rowCount;
  }
  const tables = await tx.query(
    'delete from airtable.airtable_tables where base_id = $1 and not table_id = any($2)',
    [request.base_id, all.map(({ id }) => id)],
  );
  counts.deleted += tables.rowCount;
  return counts;
}

/** Runs an upsert. `inserted` is null when the row already existed without a difference. */
async function upsert(
  tx: Transaction,
  text: string,
  values: readonly unknown[],
): Promise<{ inserted: boolean | null }> {
  // xmax is 0 only for rows that this statement inserted.
  const { rows } = await tx.query<{ inserted: boolean }>(`${text} returning xmax = 0 as inserted`, values);
  return rows[0] ?? { inserted: null };
}

function writeTable(
  tx: Transaction,
  row: { tenantId: string; baseId: string; table: Table; records: number; always: boolean },
): Promise<{ inserted: boolean | null }> {
  const { table } = row;
  const primary = table.fields.find(({ id }) => id === table.primaryFieldId)?.name ?? null;
  return upsert(
    tx,
    `insert into airtable.airtable_tables as t (tenant_id, base_id, table_id, table_name, field_count, record_count,
       primary_field, schema_definition, view_definitions, last_sync)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now())
     on conflict (tenant_id, base_id, table_id) do update
       set table_name = excluded.table_name, field_count = excluded.field_count,
         record_count = excluded.record_count, primary_field = excluded.primary_field,
         schema_definition = excluded.schema_definition, view_definitions = excluded.view_definitions,
         last_sync = now(), updated_at = now()
       where $10 or (t.table_name, t.field_count, t.record_count, t.primary_field, t.schema_definition,
           t.view_definitions)
         is distinct from (excluded.table_name, excluded.field_count, excluded.record_count,
           excluded.primary_field, excluded.schema_definition, excluded.view_definitions)`,
    [
      row.tenantId,
      row.baseId,
      table.id,
      table.name,
      table.fields.length,
      row.records,
      primary,
      storableJson({ description: table.description, fields: table.fields }),
      storableJson(table.views),
      row.always,
    ],
  );
}

function writeField(
  tx: Transaction,
  row: { tenantId: string; baseId: string; table: Table; field: Table['fields'][number]; always: boolean },
): Promise<{ inserted: boolean | null }> {
  const { table, field } = row;
  return upsert(
    tx,
    `insert into airtable.airtable_field_mappings as f (tenant_id, base_id, table_id, field_id, field_name,
       field_type, field_config, is_primary)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (tenant_id, base_id, table_id, field_id) do update
       set field_name = excluded.field_name, field_type = excluded.field_type,
         field_config = excluded.field_config, is_primary = excluded.is_primary, updated_at = now()
       where $9 or (f.field_name, f.field_type, f.field_config, f.is_primary)
         is distinct from (excluded.field_name, excluded.field_type, excluded.field_config, excluded.is_primary)`,
    [
      row.tenantId,
      row.baseId,
      table.id,
      field.id,
      field.name,
      field.type,
      storableJson(field.options ?? {}),
      field.id === table.primaryFieldId,
      row.always,
    ],
  );
}

async function finish(
  tx: Transaction,
  syncId: string,
  end: { status: 'completed'; counts: Counts } | { status: 'failed'; message: string },
): Promise<SyncLog> {
  const counts =
    end.status === 'completed' ? end.counts : { processed: 0, created: 0, updated: 0, deleted: 0 };
  const { rows } = await tx.query<SyncLog>(
    `update airtable.airtable_sync_logs
     set sync_status = $2, records_processed = $3, records_created = $4, records_updated = $5,
       records_deleted = $6, error_message = $7, completed_at = clock_timestamp(),
       duration_seconds = extract(epoch from clock_timestamp() - started_at)
     where sync_id = $1
     returning ${syncLogColumns}`,
    [
      syncId,
      end.status,
      counts.processed,
      counts.created,
      counts.updated,
      counts.deleted,
      end.status === 'failed' ? end.message : null,
    ],
  );
  const [log] = rows;
  // The base was deleted during the sync.
  if (log === undefined) throw notFound();
  return log;
}
