import type { FileRecord, FileStatus } from '../../../contracts/file-service/contract.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import { readCounts, sumOf } from '../../../kit/counts/read-counts.ts';
import { problem } from '../../../kit/http/problem.ts';
import { inWorkspaces, withStatus } from '../../../kit/lists/filters.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storeEvent } from '../events/event-rows.ts';

export interface StoredFile extends FileRecord {
  storage_name: string;
  extension: string;
}

export interface Quota {
  files: number;
  bytes: number;
}

/** The columns of a FileRecord. */
export const fileColumns =
  'id, tenant_id, workspace_id, filename, content_type, size, sha256, status, error_message, created_at, updated_at';

const byId = {
  name: 'file_by_id',
  text: `select ${fileColumns}, storage_name, extension from files.files where id = $1`,
};

/** The file is not complete yet. */
export const stillUploading = () => problem('conflict', { message: 'The file is still being uploaded.' });

/** A file of the tenant. @throws ProblemError `not_found`, also for a file of another tenant */
export async function findFile(database: Database, tenant: Tenant, id: string): Promise<StoredFile> {
  const { rows } = await database.tenantRead<StoredFile>(tenant, byId, [id]);
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}

/** The workspace of a file; undefined when the tenant has no such file. */
export async function workspaceOfFile(
  database: Database,
  tenant: Tenant,
  id: string,
): Promise<string | undefined> {
  const { rows } = await database.tenantRead<{ workspace_id: string }>(
    tenant,
    { name: 'workspace_of_file', text: 'select workspace_id from files.files where id = $1' },
    [id],
  );
  return rows[0]?.workspace_id;
}

export const fileList: ListDefinition = {
  name: 'list_files',
  table: 'files.files',
  columns: fileColumns,
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

export interface FileFilter extends Paging {
  status?: FileStatus | undefined;
  workspaceIds: readonly string[];
  /** Part of the name, in any case. */
  search?: string | undefined;
}

/** One page, newest first. A search reads all files of the workspaces that it does not find. */
export async function listFiles(
  database: Database,
  tenant: Tenant,
  { status, search, workspaceIds, ...paging }: FileFilter,
): Promise<Paged & { files: FileRecord[] }> {
  const { entries, ...page } = await readList<FileRecord>(asTenant(database, tenant), fileList, {
    ...paging,
    filters: [
      withStatus(status),
      search === undefined
        ? undefined
        : {
            name: 'search',
            where: (text) => `strpos(lower(e.filename), lower(${text}::text)) > 0`,
            value: search,
          },
    ],
    parts: inWorkspaces(workspaceIds),
  });
  return { files: entries, ...page };
}

export interface FileCounts {
  total: number;
  total_bytes: number;
  by_status: Record<FileStatus, number>;
}

export async function countFiles(
  database: Database,
  tenant: Tenant,
  workspaceIds: readonly string[],
): Promise<FileCounts> {
  const counts = await readCounts(asTenant(database, tenant), {
    schema: 'files',
    counted: 'files',
    parts: workspaceIds,
  });
  const by_status = { uploading: 0, pending: 0, processing: 0, completed: 0, failed: 0 };
  for (const { state, number } of counts) by_status[state as FileStatus] = number;
  return { by_status, total: sumOf(counts, 'number'), total_bytes: sumOf(counts, 'amount') };
}

/**
 * Checks the quota and locks it until the transaction ends, so that concurrent uploads of a tenant cannot exceed it.
 * @throws ProblemError `payload_too_large` when the other files leave less than `bytes`
 */
async function checkQuota(
  tx: Transaction,
  tenant: Tenant,
  { id, bytes, quota }: { id: string; bytes: number; quota: Quota },
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`files of ${tenant.tenantId}`]);
  const counts = await readCounts((statement, values) => tx.query(statement, values), {
    schema: 'files',
    counted: 'files',
  });
  const own = await tx.query<{ size: number }>('select size from files.files where id = $1', [id]);
  const used = {
    files: sumOf(counts, 'number') - own.rows.length,
    bytes: sumOf(counts, 'amount') - (own.rows[0]?.size ?? 0),
  };
  if (used.files + 1 > quota.files)
    throw problem('payload_too_large', { message: `A tenant may have at most ${quota.files} files.` });
  if (used.bytes + bytes > quota.bytes)
    throw problem('payload_too_large', {
      message: `The files of a tenant may have at most ${quota.bytes} bytes together; ${used.bytes} are used.`,
    });
}

export interface NewFile {
  id: string;
  workspaceId: string;
  storageName: string;
  filename: string;
  extension: string;
  contentType: string;
  /** Bytes reserved for it. */
  expectedBytes: number;
}

/** Registers an upload that begins. @throws ProblemError `payload_too_large` beyond the quota */
export async function reserveFile(
  database: Database,
  tenant: Tenant,
  file: NewFile,
  quota: Quota,
): Promise<void> {
  await database.withTenant(tenant, async (tx) => {
    await checkQuota(tx, tenant, { id: file.id, bytes: file.expectedBytes, quota });
    await tx.query(
      `insert into files.files
         (id, tenant_id, uploaded_by, filename, extension, content_type, size, storage_name, status, workspace_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 'uploading', $9)`,
      [
        file.id,
        tenant.tenantId,
        tenant.userId,
        file.filename,
        file.extension,
        file.contentType,
        file.expectedBytes,
        file.storageName,
        file.workspaceId,
      ],
    );
  });
}

export interface UploadedFile {
  id: string;
  size: number;
  sha256: string;
  /** Whether to queue it for processing. */
  process: boolean;
}

/**
 * Completes an upload. `commit` moves the content to its final location before the row is committed.
 * @throws ProblemError `payload_too_large` beyond the quota, `not_found` when the upload was deleted
 */
export async function completeFile(
  database: Database,
  tenant: Tenant,
  file: UploadedFile,
  { quota, commit }: { quota: Quota; commit: () => Promise<void> },
): Promise<FileRecord> {
  return database.withTenant(tenant, async (tx) => {
    await checkQuota(tx, tenant, { id: file.id, bytes: file.size, quota });
    const { rows } = await tx.query<FileRecord>(
      `update files.files
       set status = 'pending', size = $2, sha256 = $3, queued_at = case when $4 then now() end, updated_at = now()
       where id = $1 and status = 'uploading'
       returning ${fileColumns}`,
      [file.id, file.size, file.sha256, file.process],
    );
    if (rows[0] === undefined) throw problem('not_found');
    await storeEvent(tx, file.id, 'file_upload');
    await commit();
    return rows[0];
  });
}

/** Deletes the row of an unfinished upload. @returns false when there is none or it has completed */
export async function deleteUpload(database: Database, tenant: Tenant, id: string): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    tenant,
    { name: 'delete_upload', text: `delete from files.files where id = $1 and status = 'uploading'` },
    [id],
  );
  return rowCount > 0;
}

/**
 * Deletes a stored file. The content is removed before the row is, so that no content without a row can remain.
 * @throws ProblemError `not_found`; `conflict` during the upload
 */
export async function deleteFile(
  database: Database,
  tenant: Tenant,
  id: string,
  removeContent: (storageName: string) => Promise<void>,
): Promise<void> {
  await database.withTenant(tenant, async (tx) => {
    const { rows } = await tx.query<{ status: FileStatus; storage_name: string }>(
      'select status, storage_name from files.files where id = $1 for update',
      [id],
    );
    const [file] = rows;
    if (file === undefined) throw problem('not_found');
    if (file.status === 'uploading') throw stillUploading();
    await tx.query('delete from files.files where id = $1', [id]);
    await removeContent(file.storage_name);
  });
}
