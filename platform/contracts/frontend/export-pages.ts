import { z } from 'zod';
import { route } from '../route.ts';
import { forPeople, page, postedForm } from './page-route.ts';

const rejections = ['forbidden', 'not_found', 'conflict', 'validation_failed', 'bad_gateway'] as const;

/** The page for the export of one's data. */
export const exportPages = {
  exportPage: route({
    ...forPeople,
    method: 'GET',
    path: '/account/export',
    summary: 'Exports of the user’s data, with a form for a new one',
    description: 'Without a session, redirects to the sign-in page and back.',
    access: 'public',
    query: z.object({
      done: z
        .enum(['export-requested'])
        .optional()
        .catch(undefined)
        .describe('Completed action to confirm on the page'),
    }),
    success: page('The exports'),
  }),
  requestExportForm: route({
    ...postedForm,
    path: '/account/export',
    summary: 'Collect the user’s data (`current_password`)',
    success: { status: 303, description: 'The archive is being made; redirects to the page' },
    problems: [...rejections, 'invalid_credentials', 'account_locked', 'rate_limited'],
  }),
  downloadExportForm: route({
    ...postedForm,
    path: '/account/export/download',
    summary: 'Download the archive in the field `id`, once',
    description: 'A form and no link: no other site, and no program that looks at links, can use it up.',
    success: { status: 200, description: 'The ZIP file', contentType: 'application/octet-stream' },
    problems: rejections,
  }),
} as const;
