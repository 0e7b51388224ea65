import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type FileRecord, maxFileBytes } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { completeFile, forgetUpload, type Quota, reserveFile } from '../store/file-rows.ts';
import { newStorageName, type Storage, type Written } from '../store/storage.ts';
import { checkContent } from './check-content.ts';
import { extensionOf, readFileName } from './file-name.ts';
import { agreesWithDeclared, type FileType, fileTypeOf } from './file-type.ts';
import { type FilePart, readForm } from './read-form.ts';

export interface Upload {
  who: Tenant;
  body: Readable | undefined;
  /** The request's headers. */
  contentType: string;
  contentLength: number | undefined;
  signal: AbortSignal;
}

export interface UploadDeps {
  database: Database;
  storage: Storage;
  quota: Quota;
  /** Called when a file begins to wait for processing. */
  onQueued: () => void;
  /** Called when there is an event to tell; must not wait for it. */
  onEvent: () => void;
}

/** @throws ProblemError `unsupported_media_type` */
function typeOf(part: FilePart, extension: string): FileType {
  const type = fileTypeOf(extension);
  if (type === undefined)
    throw problem('unsupported_media_type', { message: 'Files with this extension are not accepted.' });
  if (!agreesWithDeclared(type, part.contentType))
    throw problem('unsupported_media_type', { message: 'The declared type is not that of the extension.' });
  return type;
}

/**
 * Stores the file of a form: its row is there from the first byte on, its content from the last. Whatever fails
 * takes both away again.
 * @throws ProblemError as the contract says
 */
export async function uploadFile(
  { database, storage, quota, onQueued, onEvent }: UploadDeps,
  { who, body, contentType, contentLength, signal }: Upload,
): Promise<FileRecord> {
  const id = randomUUID();
  const storageName = newStorageName();
  let reserved = false;

  async function receive(part: FilePart): Promise<{ type: FileType; written: Written }> {
    const filename = readFileName(part.filename);
    const extension = extensionOf(filename);
    const type = typeOf(part, extension);
    await reserveFile(
      database,
      who,
      {
        id,
        storageName,
        filename,
        extension,
        contentType: type.contentType,
        expectedBytes: Math.min(contentLength ?? 0, maxFileBytes),
      },
      quota,
    );
    reserved = true;
    return { type, written: await storage.write(storageName, part.content, signal) };
  }

  try {
    const { received, fields } = await readForm({ contentType, body, receive });
    const { size, sha256, hasZero } = received.written;
    await checkContent(storage.incomingPath(storageName), received.type, { hasZero });
    const process = fields.get('auto_process') === 'true';
    const stored = await completeFile(
      database,
      who,
      { id, size, sha256, process },
      { quota, keep: () => storage.keep({ tenantId: who.tenantId, storageName }) },
    );
    if (process) onQueued();
    onEvent();
    return stored;
  } catch (error) {
    await storage.discard(storageName);
    // A row that cannot be taken away now is found later by the sweep, and counts until then.
    const forgotten = reserved && (await forgetUpload(database, who, id).catch(() => false));
    if (forgotten) await storage.remove({ tenantId: who.tenantId, storageName });
    throw error;
  }
}
