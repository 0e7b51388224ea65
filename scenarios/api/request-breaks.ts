import { randomUUID } from 'node:crypto';
import type { Break } from '../../harness/engine/index.ts';
import { changeHeaders, changeJson, changeStatus, oneBreak, rejectWith } from '../kit/breaks.ts';

const fixedId = '5d3c1f0e-8a44-4a1a-9f0e-0f3a4f1c9e11';
const me = { path: /^\/api\/auth\/me$/ };

export const requestIdBreaks: readonly Break[] = [
  oneBreak(
    'The gateway has the same request id for all.',
    changeHeaders(me, { 'x-request-id': fixedId }),
    'different',
  ),
  {
    defect: 'The gateway uses the request id of the client.',
    changes: [
      {
        kind: 'exchange',
        ...me,
        response: ({ headers }, request) => ({
          headers: {
            ...headers,
            'x-request-id': request.headers['x-request-id']?.toString() ?? headers['x-request-id'],
          },
        }),
      },
    ],
    violates: ['id', 'clientIdUsed'],
  },
  {
    defect: 'The error envelope of a service has another request id.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/auth\/login$/,
        response: ({ headers }) => ({ headers: { ...headers, 'x-request-id': randomUUID() } }),
      },
    ],
    violates: ['inEnvelope'],
  },
];

export const traceContextBreaks: readonly Break[] = [
  {
    defect: 'The gateway drops the trace of the client.',
    changes: [
      {
        kind: 'exchange',
        ...me,
        request: ({ headers: { traceparent: _dropped, ...headers } }) => ({ headers }),
      },
    ],
    violates: ['kept'],
  },
  {
    defect: 'A service starts a trace of its own.',
    changes: [
      {
        kind: 'exchange',
        service: 'platform-services',
        path: /^\/auth\/me$/,
        request: ({ headers: { traceparent: _dropped, ...headers } }) => ({ headers }),
      },
    ],
    violates: ['keptByServices'],
  },
  {
    defect: 'The gateway continues an invalid trace.',
    changes: [
      {
        kind: 'exchange',
        ...me,
        response: ({ headers }, request) => ({
          headers: { ...headers, 'x-trace-id': String(request.headers.traceparent).split('-')[1] ?? '' },
        }),
      },
    ],
    violates: ['notReplaced'],
  },
];

/** What a gateway allows that compares origins in this way. */
function allowing(accepts: (origin: string, allowed: string) => boolean): Break['changes'] {
  let allowed = '';
  return [
    {
      kind: 'exchange',
      path: /./,
      response: ({ headers }, request) => {
        allowed = String(headers['access-control-allow-origin'] ?? allowed);
        const origin = String(request.headers.origin ?? '');
        return accepts(origin, allowed)
          ? { headers: { ...headers, 'access-control-allow-origin': origin } }
          : {};
      },
    },
  ];
}

export const corsBreaks: readonly Break[] = [
  {
    defect: 'The gateway allows every origin.',
    changes: allowing((origin) => origin !== ''),
    violates: ['othersAllowed'],
  },
  {
    defect: 'The gateway compares the beginning of an origin only.',
    changes: allowing((origin, allowed) => allowed !== '' && origin.startsWith(allowed)),
    violates: ['othersAllowed'],
  },
  {
    defect: 'The gateway does not know the origin of the frontend.',
    changes: [{ kind: 'environment', service: 'gateway', set: { CORS_ORIGINS: 'http://127.0.0.1:1' } }],
    violates: ['allowedOrigin', 'onResponses'],
  },
  oneBreak(
    'The gateway allows no POST from the pages.',
    changeHeaders({ method: 'OPTIONS', path: /./ }, { 'access-control-allow-methods': 'GET' }),
    'methods',
  ),
];

export const malformedJsonBreaks: readonly Break[] = [
  oneBreak(
    'A parser error becomes a 500.',
    rejectWith({ path: /^\/api\//, status: 400 }, 'internal'),
    'status',
    'problems',
  ),
  oneBreak(
    'A service accepts a body that is not declared as JSON.',
    changeStatus({ path: /^\/api\/users\/me$/, status: 415 }, 200),
    'problems',
  ),
  oneBreak(
    'A service rejects valid bodies too.',
    rejectWith({ method: 'PUT', path: /^\/api\/users\/me$/, status: 200 }, 'malformed_request'),
    'stillWorks',
    'problems',
  ),
];

export const ambiguousPathsBreaks: readonly Break[] = [
  {
    defect: 'The gateway normalises paths.',
    changes: [
      {
        kind: 'exchange',
        path: /\/\.{1,2}\/|%2e|%2f|\/\//i,
        request: ({ url }) => ({
          url: new URL(url.replaceAll(/%2f/gi, '/').replaceAll(/\/{2,}/g, '/'), 'http://gateway').pathname,
        }),
      },
    ],
    violates: ['accepted'],
  },
  oneBreak(
    'The gateway rejects every path.',
    rejectWith({ path: /^\/api\/auth\/me$/ }, 'malformed_request'),
    'control',
  ),
];

export const rejectsUnauthenticatedBreaks: readonly Break[] = [
  {
    defect: 'Anybody lists the files of a tenant.',
    changes: [
      {
        kind: 'exchange',
        method: 'GET',
        path: /^\/api\/files(\?.*)?$/,
        response: ({ headers, status }) =>
          status === 401
            ? { status: 200, headers, body: Buffer.from('{"files":[],"total":0,"next_cursor":null}') }
            : {},
      },
    ],
    violates: ['notRejected'],
  },
  oneBreak(
    'A service reads the request before it asks for a token.',
    rejectWith({ method: 'POST', path: /^\/api\//, status: 401 }, 'validation_failed'),
    'notRejected',
  ),
];

const ownProfile = { path: /^\/api\/users\/me$/ };

export const spoofedIdentityBreaks: readonly Break[] = [
  oneBreak(
    'The gateway passes X-User-Id of the client to the services.',
    changeJson(ownProfile, (json, { headers }) => ({
      ...json,
      id: headers['x-user-id'] ?? json.id,
      tenant_id: headers['x-tenant-id'] ?? json.tenant_id,
    })),
    'self',
    'selfDespiteConnectionHeader',
  ),
  oneBreak(
    'The gateway drops its own identity headers when Connection names them.',
    changeJson(
      { ...ownProfile, when: ({ headers }) => /x-user-id/.test(headers.connection ?? '') },
      (json) => ({
        ...json,
        id: '00000000-0000-4000-8000-000000000001',
      }),
    ),
    'selfDespiteConnectionHeader',
  ),
  oneBreak(
    'The gateway lets a client without a token name its user.',
    changeStatus({ ...ownProfile, status: 401 }, 200),
    'withoutToken',
  ),
  oneBreak(
    'A service trusts identity headers of everybody.',
    changeStatus({ service: 'user-service', path: /^\/users\/me$/, status: 401 }, 200),
    'directToService',
  ),
];
