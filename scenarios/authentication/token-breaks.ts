import type { Break } from '../../harness/engine/index.ts';
import { changeHeaders, changeJson, changeStatus, oneBreak, rejectWith } from '../kit/breaks.ts';

const me = { method: 'GET', path: /^\/api\/auth\/me/ };
const validate = { method: 'POST', path: /^\/api\/auth\/validate$/ };
const otherId = '00000000-0000-4000-8000-000000000001';

export const validateBreaks: readonly Break[] = [
  oneBreak(
    'A fresh token is not valid.',
    rejectWith(validate, 'unauthenticated', 'platform-services'),
    'status',
    'valid',
    'claimsOfUser',
  ),
  oneBreak(
    'The claims are of another user.',
    changeJson({ ...validate, status: 200 }, (json) => ({
      ...json,
      claims: { ...json.claims, sub: otherId },
    })),
    'claimsOfUser',
  ),
  oneBreak(
    'Tokens live longer than announced.',
    changeJson({ ...validate, status: 200 }, (json) => ({
      ...json,
      claims: { ...json.claims, exp: json.claims.exp + 3_600 },
    })),
    'lifetime',
  ),
];

export const forgedBreaks: readonly Break[] = [
  oneBreak('Signatures are not verified.', changeStatus({ ...validate, status: 401 }, 200), 'accepted'),
  oneBreak(
    'A forged token is an internal error.',
    rejectWith({ ...validate, status: 401 }, 'internal', 'platform-services'),
    'notRejected',
  ),
  oneBreak(
    'The genuine token is not valid either.',
    rejectWith(validate, 'unauthenticated', 'platform-services'),
    'genuineStillValid',
  ),
];

export const ownUserBreaks: readonly Break[] = [
  oneBreak(
    'A user reads another account.',
    changeJson(me, (json) => ({ ...json, id: otherId })),
    'self',
  ),
  oneBreak(
    'The account shows its password hash.',
    changeJson(me, (json) => ({ ...json, password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA' })),
    'body',
  ),
  oneBreak(
    'The gateway rejects every token.',
    rejectWith(me, 'unauthenticated', 'gateway'),
    'status',
    'self',
  ),
];

export const missingTokenBreaks: readonly Break[] = [
  oneBreak(
    'A missing token is an internal error.',
    rejectWith({ ...me, status: 401 }, 'internal', 'gateway'),
    'status',
    'error',
  ),
  oneBreak(
    'The rejection does not name the scheme.',
    changeHeaders({ ...me, status: 401 }, { 'www-authenticate': undefined }),
    'challenge',
  ),
];

export const malformedTokenBreaks: readonly Break[] = [
  oneBreak(
    'A malformed token is an internal error.',
    rejectWith({ ...me, status: 401 }, 'internal', 'gateway'),
    'status',
    'notRejected',
  ),
  {
    defect: 'A token in the query works.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/auth\/me\?access_token=/,
        request: ({ url, headers }) => ({
          url: '/api/auth/me',
          headers: {
            ...headers,
            authorization: `Bearer ${new URLSearchParams(url.split('?')[1]).get('access_token')}`,
          },
        }),
      },
    ],
    violates: ['notRejected'],
  },
  oneBreak('The gateway rejects every token.', rejectWith(me, 'unauthenticated', 'gateway'), 'genuine'),
];
