import type { ZodOpenApiMediaTypeObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { AirtableProblem } from '../../contracts/airtable-gateway/records.ts';
import { takesKey } from '../../contracts/idempotency.ts';
import { Problem, type ProblemCode, problems } from '../../contracts/problem.ts';
import type { ProblemFormat, RouteSpec } from '../../contracts/route.ts';
import { toAirtableError } from '../http/airtable-error.ts';

/** Problems of every path that ends at the gateway's own rules or at a service that does not respond. */
const gatewayCodes: readonly ProblemCode[] = [
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
    'uri_too_long',
    'headers_too_large',
  ];
  if (route.access === 'user') codes.push('unauthenticated', 'token_expired', 'token_revoked');
  // Its store may be away.
  if (route.access !== 'public') codes.push('forbidden', 'not_ready');
  if (route.params || route.query || route.headers || route.body) codes.push('validation_failed');
  // Also for objects that the caller may not read.
  if (route.params || (typeof route.needs === 'object' && 'id' in route.needs)) codes.push('not_found');
  if (takesKey(route)) codes.push('idempotency_key_in_use', 'idempotency_key_reused', 'validation_failed');
  // A body is read, and may be rejected, even where the route has no use for it.
  if (route.method !== 'GET') codes.push('payload_too_large', 'unsupported_media_type', 'request_timeout');
  if (proxied) codes.push(...gatewayCodes);
  return [...new Set(codes)].sort((a, b) => problems[a].status - problems[b].status);
}

function envelopeExample(error: ProblemCode): Problem {
  return {
    error,
    message: problems[error].message,
    timestamp: '2026-01-01T00:00:00Z',
    request_id: '3f0c2a52-6f0e-4d0b-9b43-0c9f2d1f8d11',
  };
}

function jsonOf(codes: readonly ProblemCode[], format: ProblemFormat): ZodOpenApiMediaTypeObject {
  const inAirtable = format === 'airtable';
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
    description: 'Seconds to wait',
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

/** Error responses of one document by the name of their component. Routes share them, which keeps it small. */
export type SharedResponses = Map<string, ZodOpenApiResponseObject>;

const formatNames = { envelope: '', airtable: 'Airtable', page: 'Page' } as const;

/**
 * The codes that most routes have with a status. Their component is named after the status, since a document refers to
 * it at each of these routes.
 */
const usualCodes: Readonly<Record<number, string>> = {
  400: 'malformed_request',
  401: 'token_expired,token_revoked,unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  408: 'request_timeout',
  409: 'idempotency_key_in_use',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'idempotency_key_reused,validation_failed',
  429: 'rate_limited',
  431: 'headers_too_large',
  500: 'internal',
  502: 'bad_gateway',
  503: 'circuit_open,not_ready',
  504: 'gateway_timeout',
};

/** `E404`, `AirtableE404` or `ConflictOrDuplicateEmail`: the same for every route with the codes. */
function componentName(codes: readonly ProblemCode[], format: ProblemFormat): string {
  const sorted = [...codes].sort();
  const [first] = sorted;
  const status = first === undefined ? 0 : problems[first].status;
  if (usualCodes[status] === sorted.join()) return `${formatNames[format]}E${status}`;
  const words = sorted.map((code) =>
    capitalise(code.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())),
  );
  return `${formatNames[format]}${words.join('Or')}`;
}

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The error responses of a route, by status. New ones are added to `shared`. */
export function problemResponses(
  route: RouteSpec,
  reach: { proxied: boolean },
  shared: SharedResponses,
): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemCodes(route, reach), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]): [string, ZodOpenApiResponseObject] => {
      const format = codes.every((code) => beforeRouting.has(code))
        ? 'envelope'
        : (route.problemFormat ?? 'envelope');
      const withMetadata = status === 401 && route.hasResourceMetadata === true;
      const name = `${componentName(codes, format)}${withMetadata ? 'WithMetadata' : ''}`;
      const response = shared.get(name) ?? {
        id: name,
        ...problemResponse(status, codes, format, withMetadata),
      };
      shared.set(name, response);
      return [`${status}`, response];
    }),
  );
}

function problemResponse(
  status: number,
  codes: readonly ProblemCode[],
  format: ProblemFormat,
  withMetadata: boolean,
): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].message}`).join(' '),
    ...((status === 429 || status === 503 || codes.includes('idempotency_key_in_use')) && {
      headers: retryAfter,
    }),
    ...(withMetadata && { headers: challenge }),
    content: {
      'application/json': jsonOf(codes, format),
      ...(format === 'page' && { 'text/html': { schema: { type: 'string' } } }),
    },
  };
}
