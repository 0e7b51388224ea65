import type { Break } from '../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak, rejectWith } from '../kit/breaks.ts';

const refresh = { method: 'POST', path: /^\/api\/auth\/refresh$/ };
const me = { method: 'GET', path: /^\/api\/auth\/me$/ };
const logout = { method: 'POST', path: /^\/api\/auth\/logout$/ };
const tokens = { path: /^\/api\/auth\/tokens(\?.*)?$/ };

export const refreshBreaks: readonly Break[] = [
  oneBreak(
    'Refreshing gives no tokens.',
    rejectWith(refresh, 'token_expired', 'platform-services'),
    'status',
    'newAccessToken',
    'newRefreshToken',
  ),
  {
    defect: 'A refresh token stays the same.',
    changes: [changeJson(refresh, (json) => ({ ...json, refresh_token: 'eyJ.eyJ.same' }))],
    violates: ['newRefreshToken'],
  },
];

export const refreshReuseBreaks: readonly Break[] = [
  {
    defect: 'A used refresh token works again.',
    changes: [changeStatus({ ...refresh, status: 401 }, 200)],
    violates: ['status', 'latestRefreshToken'],
  },
  oneBreak(
    'The access token of a stolen session keeps working.',
    changeStatus({ ...me, status: 401 }, 200),
    'latestAccessToken',
  ),
  oneBreak(
    'One stolen token ends the sessions of all devices.',
    rejectWith(me, 'token_revoked', 'platform-services'),
    'otherSession',
  ),
];

export const logoutBreaks: readonly Break[] = [
  {
    defect: 'Signing out is confirmed and ends nothing.',
    changes: [
      {
        kind: 'exchange',
        ...logout,
        request: () => ({ method: 'GET', url: '/api/auth/me' }),
        response: () => ({ status: 204 }),
      },
    ],
    violates: ['accessAfter', 'refreshAfter'],
  },
  oneBreak(
    'Signing out ends every session of the user.',
    rejectWith(me, 'token_revoked', 'platform-services'),
    'otherSession',
    'accessBefore',
  ),
];

export const personalTokenBreaks: readonly Break[] = [
  oneBreak(
    'A token may do what its scopes do not allow.',
    changeStatus({ method: 'GET', path: /^\/api\/files$/, status: 403 }, 200),
    'rejected',
  ),
  oneBreak(
    'A revoked token keeps working.',
    changeStatus({ path: /\/meta\/whoami$/, status: 401 }, 200),
    'afterRevocation',
  ),
  {
    defect: 'The list of tokens shows their secrets.',
    changes: shownSecret(),
    violates: ['secretShown'],
  },
  oneBreak(
    'A token shows more scopes than it has.',
    changeJson({ path: /\/meta\/whoami$/, status: 200 }, (json) => ({
      ...json,
      scopes: [...json.scopes, 'files:read'],
    })),
    'scopesShown',
  ),
];

/** The list repeats the token of the last response that created one. */
function shownSecret(): Break['changes'] {
  let last = '';
  return [
    changeJson({ ...tokens, method: 'POST', status: 201 }, (json) => {
      last = json.token;
      return json;
    }),
    changeJson({ ...tokens, method: 'GET', status: 200 }, (json) => ({ ...json, last })),
  ];
}
