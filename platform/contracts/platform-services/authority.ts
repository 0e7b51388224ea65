import { z } from 'zod';
import { Authority } from '../rights.ts';
import { route } from '../route.ts';

/** Where every service learns what a user may do. */
export const authorityRoutes = {
  authority: route({
    method: 'GET',
    path: '/internal/users/:id/authority',
    summary: 'Get the roles of a user in the tenant and in its workspaces',
    access: 'service',
    params: z.object({ id: z.uuid() }),
    query: z.object({ tenant_id: z.uuid() }),
    success: { status: 200, description: 'The roles that count now', schema: Authority },
    problems: ['not_found'],
  }),
} as const;
