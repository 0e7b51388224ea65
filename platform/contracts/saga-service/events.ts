import { z } from 'zod';
import { route } from '../route.ts';

const data = z.record(z.string(), z.unknown());

/** Type of an event that choreographed sagas react to. */
export const eventType = z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/);

/** First part of the types of events that the service itself publishes about choreographed steps. */
export const choreographyPrefix = 'pyairtable.choreography.';

export const sagaEventRoutes = {
  publish: route({
    method: 'POST',
    path: '/events/:type',
    summary: 'Publish an event that choreographed sagas react to',
    access: 'user',
    description: `Reaches the sagas of the tenant that wait for an event of this type, and starts the templates it triggers.
Types beginning with ${choreographyPrefix} are the service’s own and answer 422.`,
    params: z.object({ type: eventType }),
    body: z.object({ data: data.default({}), correlation_id: z.uuid().optional() }),
    success: {
      status: 202,
      description: 'The event is in the stream',
      schema: z.object({ event_id: z.string() }),
    },
  }),
} as const;
