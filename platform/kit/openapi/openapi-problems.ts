import type { ZodOpenApiMediaTypeObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { AirtableProblem } from '../../contracts/airtable-gateway/records.ts';
import { Problem, type ProblemCode, problems } from '../../contracts/problem.ts';
import type { ProblemFormat, RouteSpec } from '../../contracts/route.ts';
import { toAirtableError } from '../http/airtable-error.ts';

/** Problems of every path that ends at the gateway's own rules or at a service that does not respond. */
const gatewayCodes: readonly ProblemCode[] = [
  'uri_too_long',
  'rate_limited',
  'bad_gateway',
  'not_ready',
  'circuit_open',
  'gateway_timeout',
];

/** The server rejects these before it knows the path, so they have the envelope everywhere. */
const beforeRouting = new Set<ProblemCode>(['headers_too_large']);

/** Problems that a route can respond with, including those its contract does not list. */
export function problemCodes(route: RouteSpec, { proxied }: { proxied: boolean }): ProblemCode[] {
  const codes: ProblemCode[] = [
    ...(route.problems ?? []),
    'internal',
    'malformed_request',
    'headers_too_large',
  ];
  if (route.access === 'user') codes.push('unauthenticated', 'token_expired', 'token_revoked', 'not_ready');
  if (route.access === 'service') codes.push('forbidden');
  if (route.params || route.query || route.body) codes.push('validation_failed');
  if (route.params) codes.push('not_found');
  if (route.body || route.bodyType)
    codes.push('payload_too_large', 'unsupported_media_type', 'request_timeout');
  if (proxied) codes.push(...gatewayCodes);
  return [...new Set(codes)].sort((a, b) => problems[a].status - problems[b].status);
}

function envelopeExample(error: ProblemCode): Problem {
  return {
    error,
    message: problems[error].message,
    timestamp: '2026-01-01T00:00:00.000Z',
    request_id: '3f0c2a52-6f0e-4d0b-9b43-0c9f2d1f8d11',
  };
}

function jsonOf(codes: readonly ProblemCode[], format: ProblemFormat): ZodOpenApiMediaTypeObject {
  const inAirtable = format === 'airtable' && !codes.every((code) => beforeRouting.has(code));
  return {
    schema: inAirtable ? AirtableProblem : Problem,
    examples: Object.fromEntries(
      codes.map((code) => {
        const value = envelopeExample(code);
        return [code, { value: inAirtable ? toAirtableError(value) : value }];
      }),
    ),
  };
}

const retryAfter = {
  'Retry-After': {
    description: 'Seconds after which to repeat the request',
    schema: { type: 'string' as const, pattern: '^[0-9]+$' },
  },
};

const challenge = {
  'WWW-Authenticate': {
    description:
      'The challenge, with the address of the metadata in `resource_metadata` (RFC 9728, section 5.1)',
    schema: { type: 'string' as const },
  },
};

/** The error responses of a route, by status. */
export function problemResponses(
  route: RouteSpec,
  reach: { proxied: boolean },
): Record<string, ZodOpenApiResponseObject> {
  const format = route.problemFormat ?? 'envelope';
  const byStatus = Map.groupBy(problemCodes(route, reach), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]): [string, ZodOpenApiResponseObject] => [
      `${status}`,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].message}`).join(' '),
        ...((status === 429 || status === 503) && { headers: retryAfter }),
        ...(status === 401 && route.hasResourceMetadata && { headers: challenge }),
        content: {
          'application/json': jsonOf(codes, format),
          ...(format === 'page' &&
            !codes.every((code) => beforeRouting.has(code)) && {
              'text/html': { schema: { type: 'string' } },
            }),
        },
      },
    ]),
  );
}
