import { z } from 'zod';
import { AccessClaims, User } from '../identity.ts';
import { paged, paging } from '../paging.ts';
import { WorkspaceRole } from '../rights.ts';
import { route } from '../route.ts';
import { currentPassword, newPassword } from './passwords.ts';

/** Accounts, sessions and the keys that verify access tokens. */

export const email = z.email().max(254).describe('Case-insensitive');

export const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().describe('Seconds until the access token expires'),
});
export type Tokens = z.infer<typeof Tokens>;

export const Session = Tokens.extend({
  user: User,
  workspace_id: z.uuid().nullable().describe('The workspace to open; null if the user is in none'),
});
export type Session = z.infer<typeof Session>;

/** Fields of an account that the platform decides. A registration may contain them; they have no effect. */
const assignedFields = ['id', 'role', 'tenant_id', 'is_active', 'email_verified', 'created_at'];

const registrationFields = {
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
      'Joins the tenant and workspace of the invitation instead of creating new ones; the email must be the invited one',
    ),
};

export const Registration = z
  .looseObject(registrationFields)
  .superRefine((body, context) => {
    const keys = Object.keys(body).filter(
      (key) => !Object.hasOwn(registrationFields, key) && !assignedFields.includes(key),
    );
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: body });
  })
  .describe(
    `Unknown fields, such as a misspelt invitation, are rejected; ${assignedFields.join(', ')} are ignored`,
  );

export const SessionInfo = z.object({
  id: z.uuid(),
  address: z.string().nullable().describe('Address of the sign-in'),
  user_agent: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().describe('Last sign-in or refresh'),
  expires_at: z.iso.datetime(),
  current: z.boolean().describe('Whether it is the session of this request'),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

/** Maximum number of users in a response, and of values to look for. */
export const maxFoundUsers = 1_000;

const FoundMember = User.pick({ id: true, email: true, name: true }).extend({
  membership: z.object({
    role: WorkspaceRole.describe('The role that counts: users with the role readonly are viewers'),
    added_at: z.iso.datetime(),
  }),
});
export type FoundMember = z.infer<typeof FoundMember>;

const MemberSearch = z.strictObject({
  tenant_id: z.uuid(),
  workspace_id: z.uuid(),
  id_prefixes: z
    .array(z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}$/))
    .max(maxFoundUsers)
    .optional()
    .describe('First four groups of ids: ids in Airtable’s format hold no more'),
  emails: z.array(z.string().max(254)).max(maxFoundUsers).optional().describe('Case-insensitive'),
  names: z.array(z.string().max(200)).max(maxFoundUsers).optional(),
});
export type MemberSearch = z.infer<typeof MemberSearch>;

const id = z.object({ id: z.uuid() });

export const authenticationRoutes = {
  register: route({
    method: 'POST',
    path: '/auth/register',
    summary: 'Create an account with its own tenant and workspace, and sign in',
    description:
      'Sends a mail with the link that confirms the address. With REQUIRE_VERIFIED_EMAIL of platform-services, the account is created and the response is 403 `email_not_verified`. Soon afterwards publishes `user.registered` {workspace_id, role, tenant_role} in the event stream, at least once. Without Redis this waits until it can be reached again.',
    access: 'public',
    body: Registration,
    success: { status: 201, description: 'The account and its first session', schema: Session },
    problems: ['not_found', 'duplicate_email', 'email_not_verified', 'rate_limited', 'not_ready'],
    bodyExample: { email: 'ada@example.com', password: 'analytical engine', name: 'Ada Lovelace' },
  }),
  login: route({
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in with email and password',
    description:
      'A body without `email` (for example with `username`) is rejected with 422 and loc [body, email].',
    access: 'public',
    body: z.object({ email, password: currentPassword }),
    success: { status: 200, description: 'A new session', schema: Session },
    problems: [
      'invalid_credentials',
      'account_deactivated',
      'email_not_verified',
      'account_locked',
      'rate_limited',
      'not_ready',
    ],
    bodyExample: { email: 'ada@example.com', password: 'analytical engine' },
  }),
  refresh: route({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Exchange a refresh token for new tokens',
    description:
      'A refresh token works once. Using it again revokes every token of its session. Of two refreshes of which the second reaches the gateway before the first has its response, one succeeds; the other is rejected with 401, and the session stays valid. A client that never received the response must sign in again, because a repeated token looks like a stolen one; the setting REFRESH_GRACE_SECONDS of platform-services (default 0) lets it repeat the request instead, as long as the new token is unused.',
    access: 'public',
    body: z.object({ refresh_token: z.string().min(1).max(512) }),
    success: { status: 200, description: 'New tokens; the old refresh token is used up', schema: Tokens },
    problems: ['unauthenticated', 'token_revoked', 'token_expired', 'rate_limited', 'not_ready'],
  }),
  logout: route({
    method: 'POST',
    path: '/auth/logout',
    summary: 'End the session: its refresh tokens and access tokens stop working',
    access: 'user',
    needs: 'self',
    idempotency: 'inherent',
    success: { status: 204, description: 'The session has ended' },
  }),
  validate: route({
    method: 'POST',
    path: '/auth/validate',
    summary: 'Check an access token and its session',
    access: 'public',
    body: z.object({ token: z.string().min(1).max(8192) }),
    success: {
      status: 200,
      description: 'The token and its session are valid',
      schema: z.object({ valid: z.literal(true), claims: AccessClaims }),
    },
    problems: ['unauthenticated', 'token_expired', 'token_revoked', 'not_ready'],
  }),
  me: route({
    method: 'GET',
    path: '/auth/me',
    summary: 'Get the signed-in user',
    access: 'user',
    needs: 'self',
    scope: 'user.email:read',
    success: { status: 200, description: 'The user', schema: User },
  }),
  changePassword: route({
    method: 'POST',
    path: '/auth/change-password',
    summary: 'Change the password and end every other session',
    access: 'user',
    needs: 'self',
    body: z.object({ current_password: currentPassword, new_password: newPassword }),
    success: { status: 204, description: 'The password is changed' },
    problems: ['invalid_credentials', 'account_locked', 'rate_limited'],
  }),
  listSessions: route({
    method: 'GET',
    path: '/auth/sessions',
    summary: 'List the caller’s active sessions, latest used first',
    access: 'user',
    needs: 'self',
    query: paging.extend({ page_size: paging.shape.page_size.unwrap().default(100) }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ sessions: z.array(SessionInfo), ...paged }),
    },
  }),
  revokeSession: route({
    method: 'DELETE',
    path: '/auth/sessions/:id',
    summary: 'End one of the caller’s sessions',
    access: 'user',
    needs: 'self',
    params: id,
    success: { status: 204, description: 'The session has ended' },
    problems: ['not_found'],
  }),
  jwks: route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Get the public keys that verify access tokens',
    access: 'public',
    success: {
      status: 200,
      description: 'JSON Web Key Set',
      schema: z.object({
        keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string() })),
      }),
    },
    problems: ['not_ready'],
  }),
  rotateSigningKey: route({
    method: 'POST',
    path: '/internal/signing-keys/rotate',
    summary: 'Start to sign with a new key',
    description: 'The old key stays in the key set until the last token it signed has expired.',
    access: 'service',
    idempotency: 'claim',
    // Takes no input. A field is rejected, so that a probe of the route's protection has no effect if there is none.
    body: z.strictObject({}).optional(),
    success: { status: 200, description: 'The new key', schema: z.object({ kid: z.string() }) },
  }),
  findMembers: route({
    method: 'POST',
    path: '/internal/members/search',
    summary: 'Find active members of a workspace by id, email or name',
    description: `Without criteria, all members of the workspace. At most ${maxFoundUsers.toLocaleString('en')}, oldest accounts first.`,
    access: 'service',
    body: MemberSearch,
    idempotency: 'none',
    success: {
      status: 200,
      description: 'Members that have one of these ids, emails or names',
      schema: z.object({ members: z.array(FoundMember) }),
    },
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/internal/users/:id',
    summary: 'Delete an account; succeeds if it does not exist',
    description:
      'Ends all its sessions. Deleting the owner of a tenant deletes the whole tenant with all its users. The data is then erased in every service.',
    access: 'service',
    idempotency: 'inherent',
    params: id,
    query: z.object({ tenant_id: z.uuid() }),
    success: { status: 204, description: 'The account does not exist any more' },
    problems: ['not_ready'],
  }),
} as const;
