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

/** Claims of an access token; `sub` and `user_id` hold the same value. */
export const AccessClaims = z.object({
  sub: z.uuid(),
  user_id: z.uuid(),
  email: z.string(),
  name: User.shape.name.describe('As registered; what to call somebody before they have a profile'),
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

const page = {
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
};
const pageOf = { total: z.int(), page: z.int(), page_size: z.int(), total_pages: z.int() };
const id = z.object({ id: z.uuid() });

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

/** From most to least rights. */
export const workspaceRoles = ['owner', 'admin', 'member', 'viewer'] as const;
const memberRole = z.enum(workspaceRoles);
const workspaceName = z.string().trim().min(1).max(200);
const workspaceDescription = z.string().trim().max(2000).nullable();

export const Workspace = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  is_default: z.boolean(),
  role: memberRole.describe('The caller’s role in it'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Workspace = z.infer<typeof Workspace>;

export const WorkspaceMember = z.object({
  user_id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: memberRole,
  added_at: z.iso.datetime(),
});
export type WorkspaceMember = z.infer<typeof WorkspaceMember>;

export const Invitation = z.object({
  token: z.string().describe('Shown only once; goes into the registration'),
  email: z.string(),
  workspace_id: z.uuid(),
  role: memberRole,
  expires_at: z.iso.datetime(),
});

const analyticsName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_.]{0,99}$/,
    'Lower-case letters, digits, dots and underscores, starting with a letter',
  );

export const AnalyticsEvent = z.object({
  event: analyticsName,
  occurred_at: z.iso.datetime().optional().describe('Default now; not in the future'),
  workspace_id: z.uuid().optional(),
  properties: z
    .record(z.string().max(100), z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]))
    .default({}),
});

const countOf = z.int().nonnegative();

export const AuditEvent = z.object({
  id: z.uuid(),
  event: z.string().describe('For example `login`, `refresh_reuse`, `password_changed`'),
  outcome: z.enum(['success', 'failure']),
  actor_id: z.uuid().nullable(),
  subject: z.string().nullable().describe('What it was done to'),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  details: z.record(z.string(), z.json()),
  created_at: z.iso.datetime(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const platformServices = service({
  name: 'platform-services',
  title: 'Identity, workspaces, analytics and audit',
  port: 8007,
  mounts: [
    { public: '/api/auth', internal: '/auth' },
    { public: '/api/analytics', internal: '/analytics' },
    { public: '/api/workspaces', internal: '/workspaces' },
    { public: '/api/audit', internal: '/audit' },
    // Public keys, for whoever wants to verify access tokens outside the platform.
    { public: '/api/.well-known', internal: '/.well-known' },
  ],
  routes: {
    register: route({
      method: 'POST',
      path: '/auth/register',
      summary: 'Create an account, in a tenant and workspace of its own, and sign in',
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
    createWorkspaceFor: route({
      method: 'POST',
      path: '/internal/workspaces',
      summary: 'Create a workspace owned by a user of the tenant',
      access: 'service',
      body: z.object({
        tenant_id: z.uuid(),
        owner_id: z.uuid(),
        name: workspaceName,
        description: workspaceDescription.default(null),
      }),
      success: { status: 201, description: 'The workspace, as its owner sees it', schema: Workspace },
      problems: ['not_found'],
    }),
    deleteWorkspaceOf: route({
      method: 'DELETE',
      path: '/internal/workspaces/:id',
      summary: 'Delete a workspace; succeeds when there is none',
      access: 'service',
      params: id,
      query: z.object({ tenant_id: z.uuid() }),
      success: { status: 204, description: 'There is no such workspace any more' },
      problems: ['conflict'],
    }),
    listWorkspaces: route({
      method: 'GET',
      path: '/workspaces',
      summary: 'Workspaces the caller is a member of',
      access: 'user',
      success: {
        status: 200,
        description: 'Workspaces by name, the default one first',
        schema: z.object({ workspaces: z.array(Workspace) }),
      },
    }),
    createWorkspace: route({
      method: 'POST',
      path: '/workspaces',
      summary: 'Create a workspace; the caller becomes its owner',
      access: 'user',
      body: z.object({ name: workspaceName, description: workspaceDescription.default(null) }),
      bodyExample: { name: 'Field trials', description: null },
      success: { status: 201, description: 'The workspace', schema: Workspace },
    }),
    workspace: route({
      method: 'GET',
      path: '/workspaces/:id',
      summary: 'One workspace of the caller',
      description: 'A workspace the caller is no member of answers like one that does not exist.',
      access: 'user',
      params: id,
      success: { status: 200, description: 'The workspace', schema: Workspace },
      problems: ['not_found'],
    }),
    changeWorkspace: route({
      method: 'PATCH',
      path: '/workspaces/:id',
      summary: 'Rename or describe a workspace; owners and admins',
      access: 'user',
      params: id,
      body: z.strictObject({ name: workspaceName, description: workspaceDescription }).partial(),
      success: { status: 200, description: 'The changed workspace', schema: Workspace },
      problems: ['not_found', 'forbidden'],
    }),
    deleteWorkspace: route({
      method: 'DELETE',
      path: '/workspaces/:id',
      summary: 'Delete a workspace; owners only',
      description: 'The default workspace of a tenant stays: 409.',
      access: 'user',
      params: id,
      success: { status: 204, description: 'It is gone' },
      problems: ['not_found', 'forbidden', 'conflict'],
    }),
    listMembers: route({
      method: 'GET',
      path: '/workspaces/:id/members',
      summary: 'Members of a workspace',
      access: 'user',
      params: id,
      success: {
        status: 200,
        description: 'Members by name',
        schema: z.object({ members: z.array(WorkspaceMember) }),
      },
      problems: ['not_found'],
    }),
    addMember: route({
      method: 'POST',
      path: '/workspaces/:id/members',
      summary: 'Add a user of the same tenant; owners and admins, up to their own role',
      access: 'user',
      params: id,
      body: z.object({ user_id: z.uuid(), role: memberRole.default('member') }),
      success: { status: 201, description: 'The member', schema: WorkspaceMember },
      problems: ['not_found', 'forbidden', 'conflict'],
    }),
    changeMember: route({
      method: 'PATCH',
      path: '/workspaces/:id/members/:userId',
      summary: 'Give a member another role; owners and admins, up to their own role',
      description: 'A workspace keeps at least one owner: taking the last one away answers 409.',
      access: 'user',
      params: z.object({ id: z.uuid(), userId: z.uuid() }),
      body: z.object({ role: memberRole }),
      success: { status: 200, description: 'The member', schema: WorkspaceMember },
      problems: ['not_found', 'forbidden', 'conflict'],
    }),
    removeMember: route({
      method: 'DELETE',
      path: '/workspaces/:id/members/:userId',
      summary: 'Remove a member; owners and admins, and everybody themselves',
      description: 'A workspace keeps at least one owner: removing the last one answers 409.',
      access: 'user',
      params: z.object({ id: z.uuid(), userId: z.uuid() }),
      success: { status: 204, description: 'No member any more' },
      problems: ['not_found', 'forbidden', 'conflict'],
    }),
    invite: route({
      method: 'POST',
      path: '/workspaces/:id/invitations',
      summary: 'Invite somebody without an account into the tenant and workspace; owners and admins',
      description:
        'The token is for the inviter to hand over; it works once, for the invited address, for 7 days.',
      access: 'user',
      params: id,
      body: z.object({ email, role: memberRole.exclude(['owner']).default('member') }),
      success: { status: 201, description: 'The invitation', schema: Invitation },
      problems: ['not_found', 'forbidden', 'duplicate_email'],
    }),
    recordEvents: route({
      method: 'POST',
      path: '/analytics/events',
      summary: 'Record what users did',
      access: 'user',
      body: z.object({ events: z.array(AnalyticsEvent).min(1).max(100) }),
      bodyExample: { events: [{ event: 'base.opened', properties: { base_id: 'appExample0000001' } }] },
      success: { status: 202, description: 'Recorded', schema: z.object({ accepted: countOf }) },
    }),
    usage: route({
      method: 'GET',
      path: '/analytics/usage',
      summary: 'Counts of the tenant’s events, by event and by day (UTC)',
      access: 'user',
      query: z.object({
        from: z.iso.date().optional().describe('First day; default 29 days before `to`'),
        to: z.iso.date().optional().describe('Last day; default today'),
        event: analyticsName.optional(),
      }),
      success: {
        status: 200,
        description: 'Counts; days without events are left out',
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
    auditEvents: route({
      method: 'GET',
      path: '/audit/events',
      summary: 'Security events, the latest first',
      description: 'The tenant’s owner sees all of the tenant, other users their own.',
      access: 'user',
      query: z.object({
        ...page,
        event: z.string().max(100).optional(),
        outcome: z.enum(['success', 'failure']).optional(),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({ events: z.array(AuditEvent), ...pageOf }),
      },
    }),
  },
});
