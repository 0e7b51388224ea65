import { z } from 'zod';
import { levels } from '../rights.ts';
import { route } from '../route.ts';

/**
 * Delegated authority after OAuth 2.0 token exchange (RFC 8693). A grant records that a service may act for a user in
 * one run or workflow. Nothing else is stored for long: each access token of a grant lives for minutes, and every
 * minting looks again at the user, the membership and the role.
 */

export const grantLimits = {
  /** Maximum lifetime of a minted access token, seconds. */
  tokenSeconds: 300,
  /** Maximum number of grants in a row of which each was made with a token of the one before. */
  chain: 20,
} as const;

/** Services that act for users in runs of their own. */
export const actingServices = ['saga-service', 'automation-services'] as const;
export type ActingService = (typeof actingServices)[number];

/** A scope of a personal access token, or one route without such a scope, e.g. `PUT:/users/me`. */
export const DelegatedScope = z
  .string()
  .max(150)
  .regex(/^(?:[A-Za-z.]+:[a-z]+|(?:GET|POST|PUT|PATCH|DELETE):\/[A-Za-z0-9_/:.-]*)$/);

const scopes = z.array(DelegatedScope).max(200);
const workspaceId = z.uuid().nullable();
const runId = z.string().min(1).max(100);

/** What sagas may do for a user who has just registered: make a workspace, and delete it when they are undone. */
export const registrationScopes = {
  run: ['POST:/workspaces', 'DELETE:/workspaces/:id'],
  compensation: ['DELETE:/workspaces/:id'],
} as const;

/** Why a grant cannot be used any more, as users read it. */
export const authorityLosses = {
  grant_revoked: 'The permission to act for this user was revoked.',
  grant_expired: 'The permission to act for this user has expired.',
  token_revoked: 'The personal access token that started this was revoked or has expired.',
  token_narrowed: 'The personal access token that started this no longer has the scopes that it needs.',
  user_deactivated: 'The account of this user is deactivated.',
  not_a_member: 'This user is no longer a member of the workspace.',
  role_too_low: 'The role of this user in the workspace is too low.',
  chain_too_long: `Workflows and sagas have started each other ${grantLimits.chain} times in a row. They may form a loop.`,
} as const;
export type AuthorityLoss = keyof typeof authorityLosses;

export const Grant = z.object({
  id: z.uuid(),
  service: z.enum(actingServices).describe('The service that acts for the user'),
  purpose: z.string().describe('What it does, for people'),
  run_id: z.string().describe('The saga or workflow'),
  workspace_id: workspaceId.describe('Null: not limited to a workspace'),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable().describe('When a token was last made; null before the first one'),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});
export type Grant = z.infer<typeof Grant>;

export const NewGrant = z.strictObject({
  subject_token: z.string().min(1).max(8192).describe('Access token of the user'),
  service: z.enum(actingServices),
  purpose: z.string().trim().min(1).max(200),
  run_id: runId,
  workspace_id: workspaceId.default(null),
  level: z.enum(levels).default('read').describe('Right in the workspace that the run needs'),
  scopes,
  compensation_scopes: scopes
    .default([])
    .describe(
      'What undoing needs. If the user has lost the authority, the owner of the workspace stands in for it, so that nothing half done is left behind',
    ),
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
});

const id = z.object({ id: z.uuid() });

export const exchangeTypes = {
  grant: 'urn:ietf:params:oauth:grant-type:token-exchange',
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
} as const;

export const grantRoutes = {
  listGrants: route({
    method: 'GET',
    path: '/auth/grants',
    summary: 'List the grants by which services act for the caller, newest first',
    description: 'Needs the access token of a session: a personal access token is rejected with 403.',
    access: 'user',
    needs: 'self',
    success: {
      status: 200,
      description: 'At most 200 grants; revoked ones as long as their run is unfinished',
      schema: z.object({ grants: z.array(Grant) }),
    },
  }),
  revokeGrant: route({
    method: 'DELETE',
    path: '/auth/grants/:id',
    summary: 'Revoke a grant for good',
    description:
      'Ends every access token made from it, within 5 s in every service. A saga of the grant is undone; a workflow stops. Grants made from this one are revoked with it. Needs the access token of a session.',
    access: 'user',
    needs: 'self',
    params: id,
    success: { status: 204, description: 'The service can no longer act for the caller' },
    problems: ['not_found', 'not_ready'],
  }),
  createGrant: route({
    method: 'POST',
    path: '/internal/grants',
    summary: 'Let a service act for a user in one run',
    description:
      'For saga-service and automation-services. The subject token proves that the user asked for it. The grant never has more scopes or bases than a personal access token or another grant with which the user asked, and ends with it.',
    access: 'service',
    body: NewGrant,
    success: { status: 201, description: 'The grant', schema: Grant },
    problems: ['unauthenticated', 'token_expired', 'token_revoked', 'authority_lost'],
  }),
  mintToken: route({
    method: 'POST',
    path: '/internal/grants/:id/token',
    summary: 'Exchange a grant for a short-lived access token (RFC 8693)',
    description: `The token names the user as \`sub\` and the service as \`act.sub\`. It lives for at most ${grantLimits.tokenSeconds} s. Each exchange looks again: a user who is deactivated, is no longer a member or has too low a role gets 403 \`authority_lost\` with the reason.`,
    access: 'service',
    idempotency: 'none',
    params: id,
    body: z.strictObject({
      grant_type: z.literal(exchangeTypes.grant),
      requested_token_type: z.literal(exchangeTypes.accessToken).default(exchangeTypes.accessToken),
      tenant_id: z.uuid(),
      actor: z.enum(actingServices).describe('The service of the grant'),
      compensation: z
        .boolean()
        .default(false)
        .describe(
          'For deleting what the run created: the token has the claim `undoes`. A user who has lost the authority is replaced by the owner of the workspace, with `compensation_scopes` only',
        ),
    }),
    success: {
      status: 200,
      description: 'The access token',
      schema: z.object({
        access_token: z.string(),
        issued_token_type: z.literal(exchangeTypes.accessToken),
        token_type: z.literal('Bearer'),
        expires_in: z.int().positive().describe('Seconds'),
        scope: z.string(),
        stands_in: z.boolean().describe('Whether the owner of the workspace stands in for the user'),
      }),
    },
    problems: ['not_found', 'authority_lost'],
  }),
  endGrant: route({
    method: 'DELETE',
    path: '/internal/grants/:id',
    summary: 'Delete a grant whose run has ended',
    description: 'Succeeds when there is none. Grants made from it stay.',
    access: 'service',
    params: id,
    query: z.object({ tenant_id: z.uuid() }),
    success: { status: 204, description: 'The grant does not exist any more' },
  }),
} as const;
