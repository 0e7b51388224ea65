import { z } from 'zod';
import { TenantRole } from './rights.ts';
import { TokenResources } from './token-scope.ts';

export const User = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  role: TenantRole,
  tenant_id: z.uuid(),
  is_active: z.boolean(),
  email_verified: z.boolean().describe('Whether the user has confirmed the address'),
  created_at: z.iso.datetime(),
});
export type User = z.infer<typeof User>;

/**
 * Claims of an access token. `sub` and `user_id` have the same value. The token of a session has no `scope` and may do
 * everything that its user may. One with a `scope`, even an empty one, may use only the routes that declare it.
 */
export const AccessClaims = z.object({
  sub: z.uuid(),
  user_id: z.uuid(),
  email: z.string(),
  name: User.shape.name.describe('Registered name, for users without a profile'),
  role: User.shape.role,
  tenant_id: z.uuid(),
  session_id: z
    .uuid()
    .describe('What a revocation names: a session, the rights of a personal access token, or a grant'),
  scope: z
    .string()
    .optional()
    .describe('Scopes of a personal access token or a grant, separated by spaces (RFC 8693)'),
  resources: TokenResources.optional().describe('The only bases that the token reaches; absent for all'),
  act: z
    .object({ sub: z.string() })
    .optional()
    .describe('The service that acts for the user (RFC 8693); absent when the user acts'),
  undoes: z
    .literal(true)
    .optional()
    .describe(
      'The service deletes what its run created. What the user may not read is then 403, not 404, so that it does not count as deleted',
    ),
  run: z.string().optional().describe('The saga or workflow for which the service acts'),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
  iss: z.string(),
  aud: z.string(),
});
export type AccessClaims = z.infer<typeof AccessClaims>;
