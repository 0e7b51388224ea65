import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type FileRecord, maxFileBytes } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { completeFile, deleteUpload, type Quota, reserveFile } from '../store/file-rows.ts';
import { newStorageName, type Storage, type Written } from '../store/storage.ts';
import { checkContent } from './check-content.ts';
import { extensionOf, readFileName } from './file-name.ts';
import { type FileType, fileTypeOf, matchesDeclared } from './file-type.ts';
import type { UploadContent } from './read-content.ts';
import { type FilePart, readForm } from './read-form.ts';

export interface Upload {
  tenant: Tenant;
  workspaceId: string;
  body: Readable | undefined;
  contentType: string;
  contentLength: number | undefined;
  signal: AbortSignal;
}

export interface UploadDeps {
  database: Database;
  storage: Storage;
  quota: Quota;
  /** Rejects when the session of the request has ended: a deleted account must leave no file. */
  assertActive(): Promise<void>;
  /** Called when the content is known and the rest is work in the database. */
  joinResponse(content: UploadContent): Promise<void>;
  /** Called when a file is queued for processing. */
  onQueued: () => void;
  /** Called when there is an event to deliver; must not block. */
  onEvent: () => void;
}

/** @throws ProblemError `unsupported_media_type` */
function typeOf(part: FilePart, extension: string): FileType {
  const type = fileTypeOf(extension);
  if (type === undefined)
    throw problem('unsupported_media_type', { message: 'Files with this extension are not accepted.' });
  if (!matchesDeclared(type, part.contentType))
    throw problem('unsupported_media_type', { message: 'The declared type does not match the extension.' });
  return type;
}

/**
 * Stores the file of a form. Its row exists from the first byte on, its content from the last. A failure removes both.
 * @throws ProblemError as declared in the contract
 */
export async function uploadFile(
  { database, storage, quota, assertActive, joinResponse, onQueued, onEvent }: UploadDeps,
  { tenant, workspaceId, body, contentType, contentLength, signal }: Upload,
): Promise<FileRecord> {
  const id = randomUUID();
  const storageName = newStorageName();
  let reserved = false;

  async function receive(
    part: FilePart,
  ): Promise<{ filename: string | undefined; type: FileType; written: Written }> {
    const filename = readFileName(part.filename);
    const extension = extensionOf(filename);
    const type = typeOf(part, extension);
    await assertActive();
    await reserveFile(
      database,
      tenant,
      {
        id,
        workspaceId,
        storageName,
        filename,
        extension,
        contentType: type.contentType,
        expectedBytes: Math.min(contentLength ?? 0, maxFileBytes),
      },
      quota,
    );
    reserved = true;
    return { filename: part.filename, type, written: await storage.write(storageName, part.content, signal) };
  }

  try {
    const { received, fields } = await readForm({ contentType, body, receive });
    // The rights were judged before the form was read.
    if (fields.has('workspace_id'))
      throw problem('malformed_request', { message: 'Send workspace_id in the query, not in the form.' });
    const { size, sha256, hasZero } = received.written;
    await checkContent(storage.incomingPath(storageName), received.type, { hasZero });
    await joinResponse({ filename: received.filename, size, sha256, fields: [...fields] });
    const process = fields.get('auto_process') === 'true';
    const stored = await completeFile(
      database,
      tenant,
      { id, size, sha256, process },
      { quota, commit: () => storage.commit({ tenantId: tenant.tenantId, storageName }) },
    );
    if (process) onQueued();
    onEvent();
    return stored;
  } catch (error) {
    await storage.discard(storageName);
    // The sweep deletes a row that cannot be deleted now. The row counts towards the quota until then.
    const deleted = reserved && (await deleteUpload(database, tenant, id).catch(() => false));
    if (deleted) await storage.remove({ tenantId: tenant.tenantId, storageName });
    throw error;
  }
}
