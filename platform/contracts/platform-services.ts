import { z } from 'zod';
import { route } from './route.ts';
import { service } from './service.ts';

const email = z.email().max(254).describe('Compared without regard to case');

/**
 * ASVS 5.0 6.2.1, 6.2.5, 6.2.9: at least 8 characters (15 recommended), at least 64 allowed, any characters,
 * no composition rule. Common passwords are refused by the service (6.2.4).
 */
const newPassword = z.string().min(8).max(128);

export const User = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  role: z.enum(['user', 'admin', 'moderator', 'readonly']),
  tenant_id: z.uuid(),
  is_active: z.boolean(),
  created_at: z.iso.datetime(),
});
export type User = z.infer<typeof User>;

export const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().describe('Seconds until the access token expires'),
});
export type Tokens = z.infer<typeof Tokens>;

export const Session = Tokens.extend({ user: User });
export type Session = z.infer<typeof Session>;

export const Registration = z
  .object({
    email,
    password: newPassword,
    name: z.string().trim().min(1).max(200).optional(),
    first_name: z.string().trim().min(1).max(100).optional(),
    last_name: z.string().trim().min(1).max(100).optional(),
  })
  .describe('Unknown fields such as role or tenant_id are ignored');

/** Claims of an access token; `sub` and `user_id` hold the same value. */
export const AccessClaims = z.object({
  sub: z.uuid(),
  user_id: z.uuid(),
  email: z.string(),
  role: User.shape.role,
  tenant_id: z.uuid(),
  session_id: z.uuid(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
  iss: z.string(),
  aud: z.string(),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

export const platformServices = service({
  name: 'platform-services',
  title: 'Identity, workspaces, analytics and audit',
  port: 8007,
  mounts: [
    { public: '/api/auth', internal: '/auth' },
    { public: '/api/analytics', internal: '/analytics' },
    { public: '/api/workspaces', internal: '/workspaces' },
    { public: '/api/audit', internal: '/audit' },
  ],
  routes: {
    register: route({
      method: 'POST',
      path: '/auth/register',
      summary: 'Create an account, in a tenant and workspace of its own, and sign in',
      access: 'public',
      body: Registration,
      success: { status: 201, description: 'The account and its first session', schema: Session },
      problems: ['duplicate_email', 'rate_limited'],
    }),
    login: route({
      method: 'POST',
      path: '/auth/login',
      summary: 'Sign in with email and password',
      description: 'A body without `email` (for example with `username`) answers 422 with loc [body, email].',
      access: 'public',
      body: z.object({ email, password: z.string().min(1).max(1024) }),
      success: { status: 200, description: 'A new session', schema: Session },
      problems: ['invalid_credentials', 'account_locked', 'rate_limited'],
    }),
    refresh: route({
      method: 'POST',
      path: '/auth/refresh',
      summary: 'Exchange a refresh token for new tokens',
      description: 'A refresh token works once. Presenting a used one revokes every token of its session.',
      access: 'public',
      body: z.object({ refresh_token: z.string().min(1).max(512) }),
      success: { status: 200, description: 'New tokens; the old refresh token is spent', schema: Tokens },
      problems: ['token_revoked', 'token_expired', 'rate_limited'],
    }),
    logout: route({
      method: 'POST',
      path: '/auth/logout',
      summary: 'End the session: its refresh tokens and access tokens stop working',
      access: 'user',
      success: { status: 204, description: 'The session is over' },
    }),
    validate: route({
      method: 'POST',
      path: '/auth/validate',
      summary: 'Check an access token and its session',
      access: 'public',
      body: z.object({ token: z.string().min(1).max(8192) }),
      success: {
        status: 200,
        description: 'The token is valid and its session alive',
        schema: z.object({ valid: z.literal(true), claims: AccessClaims }),
      },
      problems: ['unauthenticated', 'token_expired', 'token_revoked'],
    }),
    me: route({
      method: 'GET',
      path: '/auth/me',
      summary: 'The signed-in user',
      access: 'user',
      success: { status: 200, description: 'The user', schema: User },
    }),
    changePassword: route({
      method: 'POST',
      path: '/auth/change-password',
      summary: 'Change the password and end every other session',
      access: 'user',
      body: z.object({ current_password: z.string().min(1).max(1024), new_password: newPassword }),
      success: { status: 204, description: 'The password is changed' },
      problems: ['invalid_credentials'],
    }),
    jwks: route({
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'Public keys that verify access tokens',
      access: 'public',
      success: {
        status: 200,
        description: 'JSON Web Key Set',
        schema: z.object({
          keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string() })),
        }),
      },
    }),
  },
});
