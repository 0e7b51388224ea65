import { z } from 'zod';
import { route } from '../route.ts';
import { currentPassword } from './passwords.ts';

export const exportLimits = {
  /** Time in which an archive can be downloaded, hours. */
  hours: 24,
  /** Exports of an account in 24 hours. */
  perDay: 3,
  /** Exports in the list of an account. */
  listed: 10,
} as const;

export const Export = z.object({
  id: z.uuid(),
  status: z
    .enum(['pending', 'ready', 'failed', 'downloaded', 'expired'])
    .describe('`ready` until it is downloaded or expires'),
  size: z.int().min(0).nullable().describe('Size of the archive, bytes; null until it is ready'),
  requested_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
});
export type Export = z.infer<typeof Export>;

const params = z.object({ id: z.uuid() });

export const exportRoutes = {
  requestExport: route({
    method: 'POST',
    path: '/auth/export',
    summary: 'Collect all data of the caller into an archive',
    description: `Needs the current password. Every service contributes its rows and files; a mail reports when the archive is ready. It can be downloaded once, for ${exportLimits.hours} hours. 409 while another export is pending; at most ${exportLimits.perDay} in 24 hours.

The only user of a tenant gets everything in it. A user of a tenant with others gets what names them: their profile, sessions, conversations, sagas and executions, and the bases, records, files and workflows that they made. Passwords, tokens and keys are in no export.`,
    access: 'user',
    needs: 'self',
    body: z.strictObject({ current_password: currentPassword }),
    success: { status: 202, description: 'The export is being made', schema: Export },
    problems: ['invalid_credentials', 'account_locked', 'conflict', 'rate_limited', 'not_ready'],
    bodyExample: { current_password: 'analytical engine' },
  }),
  listExports: route({
    method: 'GET',
    path: '/auth/exports',
    summary: 'List the caller’s latest exports, newest first',
    access: 'user',
    needs: 'self',
    success: {
      status: 200,
      description: `At most ${exportLimits.listed}`,
      schema: z.object({ exports: z.array(Export).max(exportLimits.listed) }),
    },
  }),
  exportState: route({
    method: 'GET',
    path: '/auth/exports/:id',
    summary: 'Get the state of an export',
    access: 'user',
    needs: 'self',
    params,
    success: { status: 200, description: 'The state', schema: Export },
    problems: ['not_found'],
  }),
  downloadExport: route({
    method: 'GET',
    path: '/auth/exports/:id/download',
    summary: 'Download the archive of an export, once',
    description:
      'A ZIP file. `<service>/<table>.ndjson` has a line of JSON per row, `file-service/files/` the files. It is deleted after a complete download; one that breaks off can be repeated. 409 while it is pending or another download runs, 404 afterwards.',
    access: 'user',
    needs: 'self',
    params,
    success: { status: 200, description: 'The archive', contentType: 'application/octet-stream' },
    problems: ['not_found', 'conflict'],
  }),
} as const;
