import { z } from 'zod';
import { erasureRoutes } from '../erasure.ts';
import { paged, paging } from '../paging.ts';
import type { Level } from '../rights.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';
import { workspaceContentsRoutes } from '../workspace-contents.ts';

/**
 * `uploading`: still arriving. `pending`: stored, and either queued or not yet requested for processing. `processing`,
 * `completed`, `failed`: state of the last processing.
 */
export const FileStatus = z.enum(['uploading', 'pending', 'processing', 'completed', 'failed']);
export type FileStatus = z.infer<typeof FileStatus>;

export const FileRecord = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  workspace_id: z.uuid(),
  filename: z.string().describe('The client’s file name, without folders'),
  content_type: z.string(),
  size: z.int().nonnegative().describe('Bytes'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .describe('SHA-256 of the stored bytes; null while they arrive'),
  status: FileStatus,
  error_message: z.string().nullable().describe('Why processing failed'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type FileRecord = z.infer<typeof FileRecord>;

/** Maximum size of a file, bytes. */
export const maxFileBytes = 100 * 1024 * 1024;

const one = z.object({ id: z.uuid() });
const workspace = z.uuid().optional();
const inFile = (right: Level) => ({ right, of: 'file', id: 'params.id' }) as const;

export const fileService = service({
  name: 'file-service',
  title: 'Files: upload, processing, extraction, download',
  port: 8004,
  mounts: [{ public: '/api/files', internal: '/files' }],
  routes: {
    upload: route({
      method: 'POST',
      path: '/files/upload',
      summary: 'Store a file',
      description: `The file belongs to a workspace for good. A multipart form with one part named \`file\`, at most 100 MB: csv, txt, json, pdf, doc, docx, xls,
xlsx, jpeg, png, webp. Content, extension and declared type must match, else 415. A missing or general declared type
(\`application/octet-stream\`, \`text/plain\`) matches all, and the usual names of a format match it (\`text/x-csv\`,
\`application/zip\` for xlsx …). Text must not be markup, an image no archive. An archive must not contain links,
paths that lead out of it, or far more data than its own size. Larger files, and files beyond the tenant's quota, are
rejected with 413, those without room on the disk with 507; nothing is stored. Folders and invisible direction marks in the name
are dropped. A name with other control or direction characters, or more than 255 bytes, is rejected with 422. An upload
slower than 64 kbit/s (240 KiB in every 30 s) is rejected with 408. If the field \`auto_process\` is \`true\`,
processing starts automatically.`,
      access: 'user',
      needs: { right: 'edit', of: 'workspace', id: 'query.workspace_id' },
      idempotency: 'content',
      scope: 'files:write',
      query: z.object({ workspace_id: workspace.describe('Default: the caller’s default workspace') }),
      bodyType: 'multipart/form-data',
      maxBodyBytes: maxFileBytes + 64 * 1024,
      success: { status: 201, description: 'The stored file', schema: FileRecord },
      problems: [
        'malformed_request',
        'payload_too_large',
        'unsupported_media_type',
        'request_timeout',
        'storage_full',
      ],
      timeoutMs: 300_000,
    }),
    list: route({
      method: 'GET',
      path: '/files',
      summary: 'List the files of the caller’s workspaces, newest first',
      access: 'user',
      needs: { right: 'read', of: 'visible' },
      scope: 'files:read',
      query: paging.extend({
        workspace_id: workspace.describe('Only files of this workspace'),
        status: FileStatus.optional(),
        search: z.string().min(1).max(255).optional().describe('Part of the name, case-insensitive'),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({ files: z.array(FileRecord), ...paged }),
      },
      problems: ['not_found'],
    }),
    stats: route({
      method: 'GET',
      path: '/files/stats/summary',
      summary: 'Get the number and size of the files in the caller’s workspaces',
      access: 'user',
      needs: { right: 'read', of: 'visible' },
      scope: 'files:read',
      success: {
        status: 200,
        description: 'Counts',
        schema: z.object({
          total: z.int(),
          total_bytes: z.int(),
          by_status: z.record(FileStatus, z.int()),
          quota_files: z.int().describe('Maximum number of files of the tenant'),
          quota_bytes: z.int().describe('Maximum total size of the tenant’s files, bytes'),
        }),
      },
    }),
    file: route({
      method: 'GET',
      path: '/files/:id',
      summary: 'Get the metadata of a file',
      access: 'user',
      needs: inFile('read'),
      scope: 'files:read',
      params: one,
      success: { status: 200, description: 'The file', schema: FileRecord },
      problems: ['not_found'],
    }),
    download: route({
      method: 'GET',
      path: '/files/:id/download',
      summary: 'Download the file as it was uploaded',
      description: `Always sent as an attachment and with nosniff: a stored page never runs in the platform’s origin. A
single range (\`Range: bytes=0-99\`, with \`If-Range\`) returns 206, a range beyond the end 416. Several ranges return the
whole file. \`ETag\` is the SHA-256 of the content. \`If-None-Match\` or \`If-Modified-Since\` returns 304 for content that
the client has; a failed \`If-Match\` or \`If-Unmodified-Since\` returns 412. A file that is still arriving returns 409.`,
      access: 'user',
      needs: inFile('read'),
      scope: 'files:read',
      params: one,
      success: { status: 200, description: 'The content', contentType: 'application/octet-stream' },
      problems: ['not_found', 'conflict', 'precondition_failed', 'range_not_satisfiable'],
      timeoutMs: 60_000,
    }),
    process: route({
      method: 'POST',
      path: '/files/:id/process',
      summary: 'Extract text and structure in the background',
      description: `Survives a restart of the service. A file that is queued or being processed returns 409. A completed or
failed one is processed again. Text of the old doc and xls formats cannot be extracted, so their processing fails.`,
      access: 'user',
      needs: inFile('edit'),
      scope: 'files:write',
      params: one,
      success: { status: 202, description: 'Processing has started', schema: FileRecord },
      problems: ['not_found', 'conflict'],
    }),
    extract: route({
      method: 'GET',
      path: '/files/:id/extract',
      summary: 'Get the extracted text and tables',
      description: `Returns 409 until processing has completed. Text is cut at a million characters, tables at 5,000 rows
or 4 MB; \`metadata.truncated\` is then true. A \`sep=\` line and titles above the header of a CSV table are not rows;
\`metadata.skipped_rows\` counts them. Text without a byte order mark is UTF-8 or UTF-16 if it reads as such, else
Windows-1252 or ISO 8859-15; other code pages (MacRoman, Windows-1251 …) cannot be detected. \`metadata.encoding\` names
the one that was used. A JSON number that a double cannot hold exactly is a text in \`rows\`. In
workbooks, dates are in ISO 8601, times of day \`12:00\`, durations \`30:00\`; rows without content are left out.`,
      access: 'user',
      needs: inFile('read'),
      scope: 'files:read',
      params: one,
      success: {
        status: 200,
        description: 'The text and, for tables, the rows',
        schema: z.object({
          id: z.uuid(),
          text: z.string(),
          rows: z.array(z.record(z.string(), z.unknown())).optional(),
          metadata: z.record(z.string(), z.unknown()),
        }),
      },
      problems: ['not_found', 'conflict'],
    }),
    remove: route({
      method: 'DELETE',
      path: '/files/:id',
      summary: 'Delete a file and its extracted data',
      description: 'A file that is still arriving returns 409.',
      access: 'user',
      needs: inFile('edit'),
      scope: 'files:write',
      params: one,
      success: { status: 204, description: 'The file is deleted' },
      problems: ['not_found', 'conflict'],
    }),
    ...erasureRoutes,
    ...workspaceContentsRoutes,
  },
});
