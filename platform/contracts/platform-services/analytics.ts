import { z } from 'zod';
import { route } from '../route.ts';

const analyticsName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_.]{0,99}$/,
    'Lower-case letters, digits, dots and underscores, starting with a letter',
  );

export const AnalyticsEvent = z.strictObject({
  event: analyticsName,
  occurred_at: z.iso.datetime().optional().describe('Default: now. Must not be in the future'),
  workspace_id: z.uuid().optional(),
  properties: z
    .record(z.string().max(100), z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]))
    .default({}),
});

const countOf = z.int().nonnegative();

export const analyticsRoutes = {
  recordEvents: route({
    method: 'POST',
    path: '/analytics/events',
    summary: 'Record events',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    body: z.object({ events: z.array(AnalyticsEvent).min(1).max(100) }),
    bodyExample: { events: [{ event: 'base.opened', properties: { base_id: 'appExample0000001' } }] },
    success: { status: 202, description: 'Recorded', schema: z.object({ accepted: countOf }) },
  }),
  usage: route({
    method: 'GET',
    path: '/analytics/usage',
    summary: 'Count the tenant’s events by event and by day (UTC)',
    description: 'Counts events of workspaces that the caller may see, and events without a workspace.',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    query: z.object({
      from: z.iso.date().optional().describe('First day. Default: 29 days before `to`'),
      to: z.iso.date().optional().describe('Last day. Default: today'),
      event: analyticsName.optional(),
    }),
    success: {
      status: 200,
      description: 'Counts, without days that have no events',
      schema: z.object({
        from: z.iso.date(),
        to: z.iso.date(),
        total: countOf,
        active_users: countOf,
        by_event: z.array(z.object({ event: z.string(), count: countOf })),
        by_day: z.array(z.object({ day: z.iso.date(), count: countOf })),
      }),
    },
  }),
} as const;
