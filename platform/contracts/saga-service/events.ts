import { z } from 'zod';
import { route } from '../route.ts';

const data = z.record(z.string(), z.unknown());

/** Type of an event that triggers choreographed sagas. */
export const eventType = z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/);

/** Prefix of the event types that the service itself publishes about choreographed steps. */
export const choreographyPrefix = 'pyairtable.choreography.';

export const sagaEventRoutes = {
  publish: route({
    method: 'POST',
    path: '/events/:type',
    summary: 'Publish an event for choreographed sagas',
    access: 'user',
    scope: 'sagas:write',
    needs: { right: 'edit', of: 'workspace', id: 'body.workspace_id' },
    idempotency: 'claim',
    description: `Continues the sagas of the workspace that wait for this event type. Starts the templates that it triggers,
once per user, with the caller’s rights; data that does not match their input is rejected with 422.
Types with the prefix ${choreographyPrefix} are reserved for the service and rejected with 422.`,
    params: z.object({ type: eventType }),
    body: z.strictObject({
      data: data.default({}),
      correlation_id: z.uuid().optional(),
      workspace_id: z.uuid().optional().describe('Default: the default workspace of the caller'),
    }),
    success: {
      status: 202,
      description: 'The event is in the stream',
      schema: z.object({ event_id: z.string() }),
    },
    problems: ['rate_limited'],
  }),
} as const;
