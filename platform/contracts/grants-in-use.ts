import { z } from 'zod';
import { route } from './route.ts';

/** Maximum number of grants in one question. */
export const maxGrantsAsked = 500;

const grantIds = z.array(z.uuid()).max(maxGrantsAsked);

/** The internal route of every service that acts for users. */
export const grantUseRoutes = {
  grantsInUse: route({
    method: 'POST',
    path: '/internal/grants/in-use',
    summary: 'Tell which grants the service still uses',
    description: 'platform-services deletes the others.',
    access: 'service',
    idempotency: 'none',
    body: z.strictObject({ tenant_id: z.uuid(), grant_ids: grantIds }),
    success: {
      status: 200,
      description: 'Those that a workflow or an unfinished run uses',
      schema: z.object({ in_use: grantIds }),
    },
  }),
} as const;
