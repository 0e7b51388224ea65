import type { Break, ProxiedRequest, ProxiedResponse } from '../../../harness/engine/index.ts';

const verifier = 'platform/kit/auth/token-verifier.ts';

/** A response as if the service had accepted the token. */
const accepted = (body: object = {}): Partial<ProxiedResponse> => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

function headerOf({ headers }: ProxiedRequest): Record<string, unknown> {
  const [part = ''] = (headers.authorization ?? '').replace(/^Bearer /, '').split('.');
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Defects of the verification of signatures, one service each where it can be. */
export const attackBreaks: readonly Break[] = [
  {
    defect: 'saga-service accepts tokens with alg none.',
    changes: [
      {
        kind: 'exchange',
        service: 'saga-service',
        path: /^\/saga/,
        response: (response, request) =>
          response.status === 401 && String(headerOf(request).alg).toLowerCase() === 'none'
            ? accepted({ sagas: [] })
            : response,
      },
    ],
    violates: ['accepted'],
  },
  {
    defect: 'file-service answers without a token.',
    changes: [
      {
        kind: 'exchange',
        service: 'file-service',
        path: /^\/files/,
        response: (response, { headers }) =>
          (headers.authorization ?? 'Bearer ').trim() === 'Bearer' ? accepted({ files: [] }) : response,
      },
    ],
    violates: ['directWithoutToken'],
  },
  {
    defect: 'The gateway reads tokens from the query.',
    changes: [
      {
        kind: 'exchange',
        path: /[?&]access_token=/,
        request: (request) => ({
          headers: {
            ...request.headers,
            authorization: `Bearer ${new URLSearchParams(request.url.split('?')[1]).get('access_token')}`,
          },
        }),
      },
    ],
    violates: ['tokenInUrl'],
  },
  {
    defect: 'A token that cannot be verified ends in an exception.',
    changes: [
      {
        kind: 'exchange',
        service: 'user-service',
        path: /^\/users\/me/,
        response: (response) =>
          response.status === 401 ? { status: 500, body: Buffer.from('{}') } : response,
      },
    ],
    violates: ['notRejected'],
  },
  {
    defect: 'Tokens are verified with the key that they name.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: '      const verified = await jwtVerify(token, get, {',
        replace:
          '      const named = (await import("jose")).decodeProtectedHeader(token).jku as string | undefined;\n' +
          '      const verified = await jwtVerify(token, named ? (await import("jose")).createRemoteJWKSet(new URL(named)) : get, {',
      },
    ],
    violates: ['accepted', 'keySetRequests'],
  },
];
