import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';

/**
 * `uploading`: still arriving. `pending`: stored; it waits for its turn, or for somebody to ask for processing.
 * `processing`, `completed`, `failed`: what became of the last request to process it.
 */
export const FileStatus = z.enum(['uploading', 'pending', 'processing', 'completed', 'failed']);
export type FileStatus = z.infer<typeof FileStatus>;

export const FileRecord = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  filename: z.string().describe('As the client named it, without any folder part'),
  content_type: z.string(),
  size: z.int().nonnegative().describe('Bytes'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .describe('Of the stored bytes; null while they arrive'),
  status: FileStatus,
  error_message: z.string().nullable().describe('Why processing failed'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type FileRecord = z.infer<typeof FileRecord>;

/** Largest file, bytes. */
export const maxFileBytes = 100 * 1024 * 1024;

const one = z.object({ id: z.uuid() });

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
      description: `Multipart form with one part named \`file\`, at most 100 MB: csv, txt, json, pdf, doc, docx, xls, xlsx,
jpeg, png, webp. Content, extension and declared type must agree, else 415; a missing or general declared type
(\`application/octet-stream\`, \`text/plain\`) agrees with all. Text must not be markup, an image must not be an archive
as well, and an archive must not hold paths that lead out of it, links, or far more than it is big. Larger files, and
files beyond the tenant's quota, answer 413 and nothing is kept. A folder in the name is dropped; control characters
in it, or more than 255 bytes, answer 422. An upload may take as long as it needs while at least 240 KiB come in every
30 s (64 kbit/s); a slower one answers 408. With a field \`auto_process\` of \`true\` processing begins by itself.`,
      access: 'user',
      bodyType: 'multipart/form-data',
      maxBodyBytes: maxFileBytes + 64 * 1024,
      success: { status: 201, description: 'The stored file', schema: FileRecord },
      problems: ['malformed_request', 'payload_too_large', 'unsupported_media_type', 'request_timeout'],
      timeoutMs: 300_000,
    }),
    list: route({
      method: 'GET',
      path: '/files',
      summary: 'Files of the same tenant, newest first',
      access: 'user',
      query: paging.extend({
        status: FileStatus.optional(),
        search: z.string().min(1).max(255).optional().describe('Part of the name, in any case'),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({ files: z.array(FileRecord), ...paged }),
      },
    }),
    stats: route({
      method: 'GET',
      path: '/files/stats/summary',
      summary: 'Number and size of the tenant’s files',
      access: 'user',
      success: {
        status: 200,
        description: 'Counts',
        schema: z.object({
          total: z.int(),
          total_bytes: z.int(),
          by_status: z.record(FileStatus, z.int()),
          quota_files: z.int().describe('Most files of the tenant'),
          quota_bytes: z.int().describe('Most bytes of the tenant'),
        }),
      },
    }),
    file: route({
      method: 'GET',
      path: '/files/:id',
      summary: 'What is known about a file',
      access: 'user',
      params: one,
      success: { status: 200, description: 'The file', schema: FileRecord },
      problems: ['not_found'],
    }),
    download: route({
      method: 'GET',
      path: '/files/:id/download',
      summary: 'The bytes as they were uploaded',
      description: `Always as an attachment and with nosniff, so that a stored page never runs in the platform’s origin.
One range of bytes (\`Range: bytes=0-99\`, with \`If-Range\`) answers 206, a range beyond the end 416; several ranges
answer the whole file. 409 while the file arrives.`,
      access: 'user',
      params: one,
      success: { status: 200, description: 'The content', contentType: 'application/octet-stream' },
      problems: ['not_found', 'conflict', 'range_not_satisfiable'],
      timeoutMs: 60_000,
    }),
    process: route({
      method: 'POST',
      path: '/files/:id/process',
      summary: 'Extract text and structure in the background',
      description: `Survives a restart of the service. A file that is being processed, or waits for it, answers 409; a
completed or failed one is processed again. Text of the old doc and xls formats cannot be extracted: that fails.`,
      access: 'user',
      params: one,
      success: { status: 202, description: 'Processing has begun', schema: FileRecord },
      problems: ['not_found', 'conflict'],
    }),
    extract: route({
      method: 'GET',
      path: '/files/:id/extract',
      summary: 'What processing extracted',
      description: `Answers 409 until processing has completed. Text is cut at a million characters, tables at 5,000 rows
or 4 MB; \`metadata.truncated\` tells.`,
      access: 'user',
      params: one,
      success: {
        status: 200,
        description: 'Text and, for tables, rows',
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
      summary: 'Delete a file and everything made from it',
      description: 'A file that still arrives answers 409.',
      access: 'user',
      params: one,
      success: { status: 204, description: 'The file is gone' },
      problems: ['not_found', 'conflict'],
    }),
  },
});
