import type { FileRecord, FileStatus } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storeEvent } from '../events/event-rows.ts';

export interface StoredFile extends FileRecord {
  storage_name: string;
  extension: string;
  /** Whether processing was asked for and has not ended. */
  queued: boolean;
}

export interface Quota {
  files: number;
  bytes: number;
}

const columns = `id, tenant_id, filename, content_type, size, sha256, status, error_message, created_at, updated_at`;
const allColumns = `${columns}, storage_name, extension, queued_at is not null as queued`;

const byId = { name: 'file_by_id', text: `select ${allColumns} from files.files where id = $1` };

/** The file, when it is in the caller's tenant; one of another tenant is as unknown as one that never was. */
export async function findFile(database: Database, who: Tenant, id: string): Promise<StoredFile> {
  const { rows } = await database.tenantRead<StoredFile>(who, byId, [id]);
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}

const listStatement = {
  name: 'list_files',
  text: `
    with matching as (
      select * from files.files
      where ($1::text is null or status = $1) and ($2::text is null or strpos(lower(filename), lower($2)) > 0)
    )
    select (select count(*) from matching) as matching_files, page.*
    from (values (1)) as always(x)
    left join lateral (
      select ${columns} from matching order by created_at desc, id limit $3 offset $4
    ) page on true`,
};

export interface FileSelection {
  status: FileStatus | undefined;
  /** Part of the name. */
  search: string | undefined;
  page: number;
  pageSize: number;
}

/** One page, newest first; also for a page past the end the total is right. */
export async function listFiles(
  database: Database,
  who: Tenant,
  { status, search, page, pageSize }: FileSelection,
): Promise<{ files: FileRecord[]; total: number }> {
  const { rows } = await database.tenantQuery<FileRecord & { id: string | null; matching_files: number }>(
    who,
    listStatement,
    [status ?? null, search ?? null, pageSize, (page - 1) * pageSize],
  );
  return { total: rows[0]?.matching_files ?? 0, files: rows.filter(({ id }) => id !== null) };
}

export interface FileCounts {
  total: number;
  totalBytes: number;
  byStatus: Record<FileStatus, number>;
}

const countStatement = {
  name: 'count_files',
  text: 'select status, count(*) as files, coalesce(sum(size), 0)::bigint as bytes from files.files group by status',
};

export async function countFiles(database: Database, who: Tenant): Promise<FileCounts> {
  const { rows } = await database.tenantQuery<{ status: FileStatus; files: number; bytes: number }>(
    who,
    countStatement,
  );
  const byStatus = { uploading: 0, pending: 0, processing: 0, completed: 0, failed: 0 };
  for (const { status, files } of rows) byStatus[status] = files;
  return {
    byStatus,
    total: rows.reduce((sum, { files }) => sum + files, 0),
    totalBytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Makes uploads of one tenant take turns until the transaction ends, so that together they stay within the quota.
 * @throws ProblemError `payload_too_large` when the files beside `id` leave no room for `bytes`
 */
async function checkQuota(
  tx: Transaction,
  who: Tenant,
  { id, bytes, quota }: { id: string; bytes: number; quota: Quota },
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`files of ${who.tenantId}`]);
  const { rows } = await tx.query<{ files: number; bytes: number }>(
    'select count(*) as files, coalesce(sum(size), 0)::bigint as bytes from files.files where id <> $1',
    [id],
  );
  const used = rows[0] ?? { files: 0, bytes: 0 };
  if (used.files + 1 > quota.files)
    throw problem('payload_too_large', { message: `There may be at most ${quota.files} files.` });
  if (used.bytes + bytes > quota.bytes)
    throw problem('payload_too_large', {
      message: `All files together may have at most ${quota.bytes} bytes; ${used.bytes} are taken.`,
    });
}

export interface NewFile {
  id: string;
  storageName: string;
  filename: string;
  extension: string;
  contentType: string;
  /** Bytes that are set aside for it. */
  expectedBytes: number;
}

/** Registers a file that begins to arrive. @throws ProblemError `payload_too_large` beyond the quota */
export async function reserveFile(
  database: Database,
  who: Tenant,
  file: NewFile,
  quota: Quota,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    await checkQuota(tx, who, { id: file.id, bytes: file.expectedBytes, quota });
    await tx.query(
      `insert into files.files
         (id, tenant_id, uploaded_by, filename, extension, content_type, size, storage_name, status)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 'uploading')`,
      [
        file.id,
        who.tenantId,
        who.userId,
        file.filename,
        file.extension,
        file.contentType,
        file.expectedBytes,
        file.storageName,
      ],
    );
  });
}

export interface ArrivedFile {
  id: string;
  size: number;
  sha256: string;
  /** Whether to process it without being asked again. */
  process: boolean;
}

/**
 * Turns an arrived file into a stored one. `keep` moves its bytes; the row counts only once they are in place.
 * @throws ProblemError `payload_too_large` beyond the quota, `not_found` when the upload was given up meanwhile
 */
export async function completeFile(
  database: Database,
  who: Tenant,
  file: ArrivedFile,
  { quota, keep }: { quota: Quota; keep: () => Promise<void> },
): Promise<FileRecord> {
  return database.withTenant(who, async (tx) => {
    await checkQuota(tx, who, { id: file.id, bytes: file.size, quota });
    const { rows } = await tx.query<FileRecord>(
      `update files.files
       set status = 'pending', size = $2, sha256 = $3, queued_at = case when $4 then now() end, updated_at = now()
       where id = $1 and status = 'uploading'
       returning ${columns}`,
      [file.id, file.size, file.sha256, file.process],
    );
    if (rows[0] === undefined) throw problem('not_found');
    await storeEvent(tx, file.id, 'file_upload');
    await keep();
    return rows[0];
  });
}

/** Forgets an upload that did not end well; answers false when there is none, or it did end well. */
export async function forgetUpload(database: Database, who: Tenant, id: string): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    who,
    { name: 'forget_upload', text: `delete from files.files where id = $1 and status = 'uploading'` },
    [id],
  );
  return rowCount > 0;
}

/**
 * Deletes a stored file. The bytes go before the row does: whatever happens in between, no bytes are left that
 * nobody knows of.
 * @throws ProblemError `not_found`, or `conflict` while the file arrives
 */
export async function deleteFile(
  database: Database,
  who: Tenant,
  id: string,
  removeBytes: (storageName: string) => Promise<void>,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ status: FileStatus; storage_name: string }>(
      'select status, storage_name from files.files where id = $1 for update',
      [id],
    );
    const [file] = rows;
    if (file === undefined) throw problem('not_found');
    if (file.status === 'uploading') throw problem('conflict', { message: 'The file is still arriving.' });
    await tx.query('delete from files.files where id = $1', [id]);
    await removeBytes(file.storage_name);
  });
}
