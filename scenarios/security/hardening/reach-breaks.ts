import type { Break, ProxiedRequest } from '../../../harness/engine/index.ts';
import { changeStatus, oneBreak } from '../../kit/breaks.ts';

/** Requests with an invalid token get the last valid one. */
function acceptingAnyToken() {
  let valid = '';
  return ({ headers }: ProxiedRequest): Partial<ProxiedRequest> => {
    const { authorization = '' } = headers;
    if (authorization.startsWith('Bearer eyJ')) valid = authorization;
    return authorization === 'Bearer none' ? { headers: { ...headers, authorization: valid } } : {};
  };
}

export const reachBreaks: readonly Break[] = [
  {
    defect: 'The gateway accepts any token.',
    changes: [{ kind: 'exchange', path: /^\/api\//, request: acceptingAnyToken() }],
    violates: ['beyond', 'notRejected'],
  },
  {
    defect: 'Sign-ins beyond the limit are served.',
    changes: [{ kind: 'environment', service: 'gateway', set: { RATE_LIMIT_LOGIN: '1000/900' } }],
    violates: ['notRejected'],
  },
  oneBreak(
    'A file of another tenant can be read with its id alone.',
    changeStatus({ method: 'GET', path: /^\/api\/files\/[0-9a-f-]{36}$/, status: 404 }, 200),
    'notRejected',
  ),
];
