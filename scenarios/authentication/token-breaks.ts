import type { Break } from '../../harness/engine/index.ts';
import { accepts, answers, broken, respondWith, statusOf } from './breaks.ts';

/** Red proofs of the checks of tokens and sessions, by check. */
export const tokenBreaks = {
  validateAccepts: [
    broken('Validation accepts no token.', statusOf('validate', 200, 401), 'status'),
    broken(
      'Tokens live longer than announced.',
      answers('refresh', (json) => ({ ...json, expires_in: 60 })),
      'lifetime',
    ),
    broken(
      'A token names another user.',
      answers('validate', (json) => ({
        ...json,
        claims: { ...(json.claims as object), user_id: '00000000-0000-4000-8000-000000000000' },
      })),
      'claimsOfUser',
    ),
  ],
  validateForged: [
    broken('Validation accepts forged tokens.', accepts('validate', 401, { valid: true }), 'accepted'),
    broken('A forged token ends in an internal error.', statusOf('validate', 401, 500), 'notRejected'),
  ],
  me: [
    broken(
      'The account of another user is returned.',
      answers('me', (json) => ({ ...json, id: '00000000-0000-4000-8000-000000000000' })),
      'self',
    ),
    broken(
      'The account is returned with an undeclared field.',
      answers('me', (json) => ({ ...json, internal_note: 'x' })),
      'body',
    ),
  ],
  missingToken: [
    broken('A request without a token ends in an internal error.', statusOf('me', 401, 500), 'status'),
    broken('A request without a token is served.', accepts('me', 401), 'status', 'error'),
  ],
  malformedToken: [
    broken(
      'A token is read from any scheme.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/me/,
        response: (response, { headers }) =>
          /^Basic /.test(headers.authorization ?? '') ? respondWith({}) : response,
      },
      'notRejected',
    ),
  ],
  refreshRotates: [
    broken(
      'A refresh returns the refresh token that was sent.',
      answers('refresh', (json, { body }) => ({
        ...json,
        refresh_token: (JSON.parse(body.toString()) as { refresh_token: string }).refresh_token,
      })),
      'newTokens',
      'newRefreshToken',
    ),
  ],
  refreshReuse: [
    broken(
      'A used refresh token works again.',
      statusOf('refresh', 401, 200),
      'status',
      'latestRefreshToken',
    ),
  ],
  refreshRace: [
    {
      defect: 'A refresh token works several times at once.',
      changes: [{ kind: 'environment', service: 'platform-services', set: { REFRESH_GRACE_SECONDS: '10' } }],
      violates: ['winners'],
    },
    {
      defect: 'Two refreshes at once count as theft.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/platform-services/sessions/sessions.ts',
          find: 'if (rows[0]?.reused && !raced && ',
          replace: 'if (rows[0] !== undefined && raced !== undefined && ',
        },
      ],
      violates: ['signedInAfterRace'],
    },
  ],
  logout: [
    broken(
      'Sign-out ends nothing.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/logout$/,
        request: ({ headers }) => ({ headers: { ...headers, authorization: 'Bearer none' } }),
        response: () => ({
          status: 204,
          body: Buffer.alloc(0),
          headers: { 'x-served-by': 'platform-services' },
        }),
      },
      'accessAfter',
      'refreshAfter',
    ),
  ],
} as const satisfies Readonly<Record<string, readonly Break[]>>;
