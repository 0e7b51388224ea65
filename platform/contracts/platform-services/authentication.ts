import { z } from 'zod';
import { AccessClaims, User } from '../identity.ts';
import { route } from '../route.ts';

/** Accounts, sessions and the keys that verify access tokens. */

export const email = z.email().max(254).describe('Compared without regard to case');

/**
 * ASVS 5.0 6.2.1, 6.2.5, 6.2.9: at least 8 characters (15 recommended), at least 64 allowed, any characters,
 * no composition rule. Common passwords are refused by the service (6.2.4).
 */
const newPassword = z.string().min(8).max(128);

export const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().describe('Seconds until the access token expires'),
});
export type Tokens = z.infer<typeof Tokens>;

export const Session = Tokens.extend({
  user: User,
  workspace_id: z.uuid().nullable().describe('The workspace to open; null when the user is a member of none'),
});
export type Session = z.infer<typeof Session>;

export const Registration = z
  .object({
    email,
    password: newPassword,
    name: z.string().trim().min(1).max(200).optional(),
    first_name: z.string().trim().min(1).max(100).optional(),
    last_name: z.string().trim().min(1).max(100).optional(),
    invitation: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe(
        'Joins the inviting tenant and workspace instead of getting own ones; the email must be the invited one',
      ),
  })
  .describe('Unknown fields such as role or tenant_id are ignored');

export const SessionInfo = z.object({
  id: z.uuid(),
  address: z.string().nullable().describe('Where it was started from'),
  user_agent: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().describe('Last sign-in or refresh'),
  expires_at: z.iso.datetime(),
  current: z.boolean().describe('The session of this request'),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

const id = z.object({ id: z.uuid() });

export const authenticationRoutes = {
  register: route({
    method: 'POST',
    path: '/auth/register',
    summary: 'Create an account, in a tenant and workspace of its own, and sign in',
    description:
      'Publishes `user.registered` {workspace_id, role} in the event stream, at least once and soon afterwards; with Redis away, as soon as it is back.',
    access: 'public',
    body: Registration,
    success: { status: 201, description: 'The account and its first session', schema: Session },
    problems: ['not_found', 'duplicate_email', 'rate_limited'],
    bodyExample: { email: 'ada@example.com', password: 'analytical engine', name: 'Ada Lovelace' },
  }),
  login: route({
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in with email and password',
    description: 'A body without `email` (for example with `username`) answers 422 with loc [body, email].',
    access: 'public',
    body: z.object({ email, password: z.string().min(1).max(1024) }),
    success: { status: 200, description: 'A new session', schema: Session },
    problems: ['invalid_credentials', 'account_locked', 'rate_limited', 'not_ready'],
    bodyExample: { email: 'ada@example.com', password: 'analytical engine' },
  }),
  refresh: route({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Exchange a refresh token for new tokens',
    description:
      'A refresh token works once. Presenting a used one revokes every token of its session. Of two refreshes at the same moment one succeeds; the other is refused without harm to the session.',
    access: 'public',
    body: z.object({ refresh_token: z.string().min(1).max(512) }),
    success: { status: 200, description: 'New tokens; the old refresh token is spent', schema: Tokens },
    problems: ['unauthenticated', 'token_revoked', 'token_expired', 'rate_limited'],
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
    problems: ['invalid_credentials', 'account_locked', 'rate_limited'],
  }),
  listSessions: route({
    method: 'GET',
    path: '/auth/sessions',
    summary: 'The caller’s living sessions, the latest used first',
    access: 'user',
    success: {
      status: 200,
      description: 'Sessions',
      schema: z.object({ sessions: z.array(SessionInfo) }),
    },
  }),
  revokeSession: route({
    method: 'DELETE',
    path: '/auth/sessions/:id',
    summary: 'End one of the caller’s sessions',
    access: 'user',
    params: id,
    success: { status: 204, description: 'The session is over' },
    problems: ['not_found'],
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
  rotateSigningKey: route({
    method: 'POST',
    path: '/internal/signing-keys/rotate',
    summary: 'Sign with a new key from now on',
    description: 'The old key stays in the key set until the last token it signed has expired.',
    access: 'service',
    success: { status: 200, description: 'The new key', schema: z.object({ kid: z.string() }) },
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/internal/users/:id',
    summary: 'Delete an account; succeeds when there is none',
    description:
      'Ends its sessions everywhere. With the owner of a tenant the whole tenant goes: its users, workspaces and events.',
    access: 'service',
    params: id,
    query: z.object({ tenant_id: z.uuid() }),
    success: { status: 204, description: 'There is no such account any more' },
  }),
} as const;
