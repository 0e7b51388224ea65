import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';

export const AuditEvent = z.object({
  id: z.uuid(),
  event: z.string().describe('For example `login`, `refresh_reuse`, `password_changed`'),
  outcome: z.enum(['success', 'failure']),
  actor_id: z.uuid().nullable(),
  subject: z.string().nullable().describe('The object of the action'),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  acting_service: z
    .string()
    .nullable()
    .describe('The service that acted for the actor in a saga or workflow; null when the actor acted'),
  run_id: z.string().nullable().describe('The saga or workflow in which it acted'),
  details: z.record(z.string(), z.json()),
  created_at: z.iso.datetime(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const auditRoutes = {
  auditEvents: route({
    method: 'GET',
    path: '/audit/events',
    summary: 'List security events, latest first',
    description:
      'Administrators and moderators of the tenant see all its events, other users only their own.',
    access: 'user',
    needs: { tenant: 'member' },
    query: paging.extend({
      event: z.string().max(100).optional(),
      outcome: z.enum(['success', 'failure']).optional(),
    }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ events: z.array(AuditEvent), ...paged, total_pages: z.int() }),
    },
  }),
} as const;
