import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { problem } from '../../../kit/http/problem.ts';
import { type StoredFile, stillUploading } from '../store/file-rows.ts';
import type { Storage } from '../store/storage.ts';
import { readByteRange } from './byte-range.ts';
import { attachment } from './content-disposition.ts';
import { type ConditionalHeaders, evaluatePreconditions } from './preconditions.ts';

/**
 * Sends a stored file or the requested range of it; 304 without content when the client has it already.
 * @returns undefined for 304
 * @throws ProblemError `conflict` during the upload, `precondition_failed`, `range_not_satisfiable`, `not_found` when
 *   the file was deleted
 */
export async function downloadFile(
  storage: Storage,
  file: StoredFile,
  { headers, reply }: { headers: IncomingHttpHeaders; reply: FastifyReply },
): Promise<Readable | undefined> {
  if (file.status === 'uploading') throw stillUploading();
  const etag = `"${file.sha256}"`;
  // The content of a file never changes after its upload.
  const modifiedS = Math.floor(Date.parse(file.created_at) / 1000);
  const validators = { etag, 'last-modified': new Date(modifiedS * 1000).toUTCString() };
  const condition = evaluatePreconditions(headers as ConditionalHeaders, { etag, modifiedS });
  if (condition.kind === 'failed') throw problem('precondition_failed', { headers: validators });
  if (condition.kind === 'unchanged') {
    reply.code(304).headers(validators);
    return undefined;
  }
  const range = condition.useRange ? readByteRange(headers.range, file.size) : undefined;
  if (range === 'unsatisfiable')
    throw problem('range_not_satisfiable', { headers: { 'content-range': `bytes */${file.size}` } });

  const handle = await storage
    .open({ tenantId: file.tenant_id, storageName: file.storage_name })
    .catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? problem('not_found', { cause: error }) : error;
    });
  reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(file.filename),
    'accept-ranges': 'bytes',
    ...validators,
    'content-length': range === undefined ? file.size : range.end - range.start + 1,
  });
  if (range === undefined) return handle.createReadStream();
  reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  return handle.createReadStream(range);
}
