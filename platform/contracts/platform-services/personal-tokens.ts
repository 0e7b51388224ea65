import { z } from 'zod';
import { route } from '../route.ts';
import { platformScopes, TokenResources, TokenScope } from '../token-scope.ts';

/** Personal access tokens: keys for Airtable clients, MCP clients and programs that outlast a session. */

export const personalTokenLimits = {
  /** Maximum number of tokens per user, with expired ones. */
  perUser: 50,
  /** Minimum time between two writes of the last use, seconds. */
  lastUsedSeconds: 60,
} as const;

/** Airtable's form: an id that anyone may see, and 256 random bits. */
export const personalToken = z.string().regex(/^pat[A-Za-z0-9]{14}\.[0-9a-f]{64}$/);

const tokenId = z.string().regex(/^pat[A-Za-z0-9]{14}$/);
const name = z.string().trim().min(1).max(100);
const scopes = z.array(TokenScope).min(1).max(TokenScope.options.length);
const resources = z
  .union([z.literal('all'), TokenResources])
  .describe('`all`: every base that the user may read, also later ones');

export const PersonalToken = z.object({
  id: tokenId.describe('The first part of the token'),
  name: z.string(),
  scopes: z.array(TokenScope),
  resources,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable().describe('Null if the token lasts until it is revoked'),
  last_used_at: z.iso
    .datetime()
    .nullable()
    .describe(`Null before the first use; at most ${personalTokenLimits.lastUsedSeconds} s old`),
});
export type PersonalToken = z.infer<typeof PersonalToken>;

interface Rights {
  scopes?: readonly TokenScope[] | undefined;
  resources?: 'all' | TokenResources | undefined;
}

/** Scopes that a token limited to some bases cannot have. */
export function scopesBeyondResources({ scopes = [], resources = 'all' }: Rights): TokenScope[] {
  if (resources === 'all') return [];
  return scopes.filter((scope) => (platformScopes as readonly string[]).includes(scope));
}

export const NewPersonalToken = z.object({
  name,
  scopes,
  resources: resources.default('all'),
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null).describe('A time in the future'),
});

const id = z.object({ id: tokenId });
const rights = `A token that is limited to some bases cannot have the scopes ${platformScopes.join(', ')}.`;
const sessionOnly = 'Needs the access token of a session: a personal access token is rejected with 403.';

export const personalTokenRoutes = {
  createToken: route({
    method: 'POST',
    path: '/auth/tokens',
    summary: 'Create a personal access token',
    description: `The response is the only one with the token itself. ${rights} ${sessionOnly} A user has at most ${personalTokenLimits.perUser}.`,
    access: 'user',
    needs: 'self',
    body: NewPersonalToken,
    bodyExample: { name: 'Sync script', scopes: ['data.records:read', 'schema.bases:read'] },
    success: {
      status: 201,
      description: 'The token, which cannot be read again, and its description',
      schema: PersonalToken.extend({ token: personalToken }),
    },
    problems: ['conflict'],
  }),
  listTokens: route({
    method: 'GET',
    path: '/auth/tokens',
    summary: 'List the caller’s personal access tokens, newest first',
    description: sessionOnly,
    access: 'user',
    needs: 'self',
    success: {
      status: 200,
      description: 'All tokens, also expired ones, without their secrets',
      schema: z.object({ tokens: z.array(PersonalToken) }),
    },
  }),
  readToken: route({
    method: 'GET',
    path: '/auth/tokens/:id',
    summary: 'Get one of the caller’s personal access tokens',
    description: sessionOnly,
    access: 'user',
    needs: 'self',
    params: id,
    success: { status: 200, description: 'The token without its secret', schema: PersonalToken },
    problems: ['not_found'],
  }),
  changeToken: route({
    method: 'PATCH',
    path: '/auth/tokens/:id',
    summary: 'Change name, scopes or bases of a personal access token',
    description: `Other services follow within 5 s. ${rights} ${sessionOnly}`,
    access: 'user',
    needs: 'self',
    params: id,
    body: z.object({ name: name.optional(), scopes: scopes.optional(), resources: resources.optional() }),
    success: { status: 200, description: 'The token without its secret', schema: PersonalToken },
    problems: ['not_found'],
  }),
  revokeToken: route({
    method: 'DELETE',
    path: '/auth/tokens/:id',
    summary: 'Revoke a personal access token for good',
    description: `Other services reject it within 5 s. ${sessionOnly}`,
    access: 'user',
    needs: 'self',
    params: id,
    success: { status: 204, description: 'The token does not exist any more' },
    problems: ['not_found'],
  }),
  exchangeToken: route({
    method: 'POST',
    path: '/internal/tokens/exchange',
    summary: 'Exchange a personal access token for a short-lived access token',
    description:
      'For the gateway. The access token has the claims `scope` and, for a token limited to some bases, `resources`. It expires with the personal access token at the latest.',
    access: 'service',
    idempotency: 'none',
    body: z.object({ token: z.string().max(200) }),
    success: {
      status: 200,
      description: 'The access token',
      schema: z.object({ access_token: z.string(), expires_in: z.int().positive().describe('Seconds') }),
    },
    problems: ['unauthenticated', 'token_expired'],
  }),
} as const;
