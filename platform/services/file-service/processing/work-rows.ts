import type { FileRecord } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { storeEvent } from '../events/event-rows.ts';
import { fileColumns, stillUploading } from '../store/file-rows.ts';
import type { Extracted } from './extraction/extracted.ts';

/** A file claimed for processing. */
export interface ClaimedWork {
  id: string;
  tenant: Tenant;
  /** Number of claims, this one included. Only the latest claim may store a result. */
  attempts: number;
}

/** Queues a file for processing. @throws ProblemError `not_found`; `conflict` during its upload or processing */
export async function queueFile(database: Database, tenant: Tenant, id: string): Promise<FileRecord> {
  const { rows } = await database.tenantQuery<FileRecord & { changed: boolean }>(
    tenant,
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
        select true as changed, ${fileColumns} from changed
        union all
        select false, ${fileColumns} from files.files where id = $1 and not exists (select from changed)`,
    },
    [id],
  );
  const [file] = rows;
  if (file === undefined) throw problem('not_found');
  if (file.changed) return file;
  if (file.status === 'uploading') throw stillUploading();
  throw problem('conflict', { message: 'The file is already being processed.' });
}

/** Claims the file that has been queued for the longest time; undefined when the queue is empty. */
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

/**
 * Stores the extracted content, unless the file was deleted or claimed by another process.
 * @returns whether it was stored
 */
export async function completeWork(
  database: Database,
  { id, tenant, attempts }: ClaimedWork,
  extracted: Extracted,
): Promise<boolean> {
  return database.withTenant(tenant, async (tx) => {
    const { rowCount } = await tx.query(
      `update files.files
       set status = 'completed', queued_at = null, lease_until = null, error_message = null, updated_at = now()
       where id = $1 and status = 'processing' and attempts = $2`,
      [id, attempts],
    );
    if (rowCount === 0) return false;
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
    return true;
  });
}

/** @returns whether the failure was stored */
export async function failWork(
  database: Database,
  { id, tenant, attempts }: ClaimedWork,
  message: string,
): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    tenant,
    {
      name: 'fail_file',
      text: `update files.files
             set status = 'failed', queued_at = null, lease_until = null, error_message = $3, updated_at = now()
             where id = $1 and status = 'processing' and attempts = $2`,
    },
    [id, attempts, message],
  );
  return rowCount > 0;
}

/** Returns an unfinished file to the queue without counting the claim. */
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

/** The extracted content of a file; undefined when there is none. */
export async function findExtraction(
  database: Database,
  tenant: Tenant,
  id: string,
): Promise<Extracted | undefined> {
  const { rows } = await database.tenantQuery<{
    content: string;
    rows: Record<string, unknown>[] | null;
    metadata: Record<string, unknown>;
  }>(
    tenant,
    {
      name: 'find_extraction',
      text: 'select content, rows, metadata from files.extractions where file_id = $1',
    },
    [id],
  );
  const [row] = rows;
  return row && { text: row.content, ...(row.rows ? { rows: row.rows } : {}), metadata: row.metadata };
}
