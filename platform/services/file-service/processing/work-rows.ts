import type { FileRecord } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { storeEvent } from '../events/event-rows.ts';
import type { Extracted } from './extraction/extracted.ts';

/** A file taken for processing. */
export interface ClaimedWork {
  id: string;
  tenant: Tenant;
  /** How often it has been taken, this time included. Whoever took it last may store the outcome. */
  attempts: number;
}

/** Asks for processing. @throws ProblemError `not_found`, or `conflict` while it is under way or not there yet */
export async function queueFile(database: Database, who: Tenant, id: string): Promise<FileRecord> {
  const { rows } = await database.tenantQuery<FileRecord & { changed: boolean }>(
    who,
    {
      name: 'queue_file',
      text: `
        with changed as (
          update files.files
          set status = 'pending', queued_at = now(), lease_until = null, attempts = 0, error_message = null,
              updated_at = now()
          where id = $1 and queued_at is null and status <> 'uploading'
          returning *
        )
        select true as changed, id, tenant_id, filename, content_type, size, sha256, status, error_message,
               created_at, updated_at
        from changed
        union all
        select false, id, tenant_id, filename, content_type, size, sha256, status, error_message,
               created_at, updated_at
        from files.files where id = $1 and not exists (select from changed)`,
    },
    [id],
  );
  const [file] = rows;
  if (file === undefined) throw problem('not_found');
  if (!file.changed)
    throw problem('conflict', {
      message:
        file.status === 'uploading' ? 'The file is still arriving.' : 'The file is being processed already.',
    });
  return file;
}

/** Takes the file that has waited longest; undefined when none waits. */
export async function claimWork(
  database: Database,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<ClaimedWork | undefined> {
  const { rows } = await database.query<{
    id: string;
    tenant_id: string;
    uploaded_by: string;
    attempts: number;
  }>('select id, tenant_id, uploaded_by, attempts from files.claim_work($1)', [leaseSeconds]);
  const [row] = rows;
  return (
    row && {
      id: row.id,
      tenant: { tenantId: row.tenant_id, userId: row.uploaded_by },
      attempts: row.attempts,
    }
  );
}

/** Stores what was extracted, unless the file was deleted or taken by somebody else meanwhile. */
export async function completeWork(
  database: Database,
  { id, tenant, attempts }: ClaimedWork,
  extracted: Extracted,
): Promise<void> {
  await database.withTenant(tenant, async (tx) => {
    const { rowCount } = await tx.query(
      `update files.files
       set status = 'completed', queued_at = null, lease_until = null, error_message = null, updated_at = now()
       where id = $1 and status = 'processing' and attempts = $2`,
      [id, attempts],
    );
    if (rowCount === 0) return;
    await tx.query(
      `insert into files.extractions (file_id, tenant_id, content, rows, metadata) values ($1, $2, $3, $4, $5)
       on conflict (file_id) do update
       set content = excluded.content, rows = excluded.rows, metadata = excluded.metadata, created_at = now()`,
      [
        id,
        tenant.tenantId,
        extracted.text,
        extracted.rows === undefined ? null : JSON.stringify(extracted.rows),
        JSON.stringify(extracted.metadata),
      ],
    );
    await storeEvent(tx, id, 'file_processed');
  });
}

export async function failWork(
  database: Database,
  { id, tenant, attempts }: ClaimedWork,
  message: string,
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'fail_file',
      text: `update files.files
             set status = 'failed', queued_at = null, lease_until = null, error_message = $3, updated_at = now()
             where id = $1 and status = 'processing' and attempts = $2`,
    },
    [id, attempts, message],
  );
}

/** Gives back what was not finished, as if it had not been taken. */
export async function releaseWork(database: Database, { id, tenant, attempts }: ClaimedWork): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'release_file',
      text: `update files.files
             set status = 'pending', lease_until = null, attempts = attempts - 1, updated_at = now()
             where id = $1 and status = 'processing' and attempts = $2`,
    },
    [id, attempts],
  );
}

/** What was extracted from a completed file; undefined when there is nothing. */
export async function findExtraction(
  database: Database,
  who: Tenant,
  id: string,
): Promise<Extracted | undefined> {
  const { rows } = await database.tenantQuery<{
    content: string;
    rows: Record<string, unknown>[] | null;
    metadata: Record<string, unknown>;
  }>(
    who,
    {
      name: 'find_extraction',
      text: 'select content, rows, metadata from files.extractions where file_id = $1',
    },
    [id],
  );
  const [row] = rows;
  return row && { text: row.content, ...(row.rows ? { rows: row.rows } : {}), metadata: row.metadata };
}

/** An upload that nobody ends any more. */
export interface AbandonedUpload {
  id: string;
  tenant: Tenant;
  storageName: string;
}

/** Uploads that began longer ago than any upload may take, at most 100. */
export async function findAbandonedUploads(
  database: Database,
  { ageSeconds }: { ageSeconds: number },
): Promise<AbandonedUpload[]> {
  const { rows } = await database.query<{
    id: string;
    tenant_id: string;
    uploaded_by: string;
    storage_name: string;
  }>('select id, tenant_id, uploaded_by, storage_name from files.abandoned_uploads($1)', [ageSeconds]);
  return rows.map((row) => ({
    id: row.id,
    tenant: { tenantId: row.tenant_id, userId: row.uploaded_by },
    storageName: row.storage_name,
  }));
}
