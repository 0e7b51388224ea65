import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { problem } from '../../../kit/http/problem.ts';
import { type StoredFile, stillUploading } from '../store/file-rows.ts';
import type { Storage } from '../store/storage.ts';
import { readByteRange } from './byte-range.ts';
import { attachment } from './content-disposition.ts';

/**
 * Sends a stored file or the requested range of it.
 * @throws ProblemError `conflict` during the upload, `range_not_satisfiable`, `not_found` when the file was deleted
 */
export async function downloadFile(
  storage: Storage,
  file: StoredFile,
  { headers, reply }: { headers: IncomingHttpHeaders; reply: FastifyReply },
): Promise<Readable> {
  if (file.status === 'uploading') throw stillUploading();
  const tag = `"${file.sha256}"`;
  // A range continues an older copy only if that copy has the same content.
  const condition = headers['if-range'];
  const range =
    condition === undefined || condition === tag ? readByteRange(headers.range, file.size) : undefined;
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
    etag: tag,
    'content-length': range === undefined ? file.size : range.end - range.start + 1,
  });
  if (range === undefined) return handle.createReadStream();
  reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  return handle.createReadStream(range);
}
