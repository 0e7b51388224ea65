import { z } from 'zod';
import { erasingServices } from '../erasure.ts';
import { route } from '../route.ts';
import { currentPassword } from './passwords.ts';

/** Days for which the status of a finished erasure can be read. */
export const erasureStatusDays = 7;

export const Erasure = z.object({
  id: z.uuid(),
  status: z.enum(['pending', 'done']),
  services_left: z.array(z.enum(erasingServices)).describe('Services that have not confirmed yet'),
  requested_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
});
export type Erasure = z.infer<typeof Erasure>;

export const erasureRoutesOfPlatform = {
  deleteOwnAccount: route({
    method: 'POST',
    path: '/auth/delete-account',
    summary: 'Delete the caller’s account and everything it owns',
    description: `Needs the current password. At once, all sessions and API keys end, sign-in is rejected and the email address is free. The data is then erased in every service, also after restarts and failures; \`GET /auth/erasures/{id}\` reports when nothing is left.

With the last user of a tenant, the whole tenant goes: bases, files, workflows, sagas, conversations, workspaces, analytics and audit events. The owner of a tenant with other users gets 409. When another user leaves, their profile, conversations, notifications, sagas and executions go; bases, files and workflows belong to the tenant and stay without their name, and their workflows are switched off.`,
    access: 'user',
    needs: 'self',
    idempotency: 'inherent',
    body: z.strictObject({ current_password: currentPassword }),
    success: {
      status: 202,
      description: 'The account is deleted, its data is being erased',
      schema: Erasure,
    },
    problems: ['invalid_credentials', 'account_locked', 'conflict', 'rate_limited', 'not_ready'],
    bodyExample: { current_password: 'analytical engine' },
  }),
  erasure: route({
    method: 'GET',
    path: '/auth/erasures/:id',
    summary: 'Get the state of an erasure',
    description: `Needs no token, since the account is gone: only the response to its deletion has the id. It holds nothing about the person, and is deleted ${erasureStatusDays} days after the end.`,
    access: 'public',
    params: z.object({ id: z.uuid() }),
    success: { status: 200, description: 'The state', schema: Erasure },
    problems: ['not_found'],
  }),
} as const;
