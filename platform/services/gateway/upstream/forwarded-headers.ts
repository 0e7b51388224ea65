import type { AccessClaims } from '../../../contracts/identity.ts';

/** Headers that concern one connection (RFC 9110 7.6.1), and those that the gateway sets itself or never forwards. */
const droppedFromClient = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  // The host name may be shared with other programs: the frontend's session cookies would come along.
  'cookie',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'x-client-ip',
  'x-session-id',
  'x-request-id',
  'x-request-start',
  'x-trace-id',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
  'traceparent',
  'tracestate',
  'baggage',
]);
const droppedPrefixes = ['x-user-', 'x-tenant-', 'x-internal-', 'x-forwarded-'];

const droppedFromService = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'server',
  'x-powered-by',
  'x-request-id',
  'x-trace-id',
  'x-gateway',
]);

/** Header names listed in a `Connection` header, in lower case; undefined when it lists none. */
function connectionNames(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

function isDroppedFromClient(name: string): boolean {
  if (droppedFromClient.has(name)) return true;
  return name.startsWith('x-') && droppedPrefixes.some((prefix) => name.startsWith(prefix));
}

export interface RequestHeaders {
  /** Names and values in turn, as Node gives them. */
  rawHeaders: readonly string[];
  connection: string | undefined;
  /** When false, headers that describe a body are dropped. */
  hasBody: boolean;
  requestId: string;
  traceparent: string;
  /** Time of arrival at the gateway, milliseconds since the epoch. */
  arrivedAtMs: number;
  address: string;
  /** Absent on public routes. */
  claims: AccessClaims | undefined;
  /** Replaces the client's token. */
  token: string | undefined;
}

/**
 * Headers for the service, names and values in turn. The client's come first, without those of its connection and
 * those that only the gateway may set. The gateway's own come last: no `Connection` header can remove them.
 */
export function headersToService(request: RequestHeaders): string[] {
  const { rawHeaders, claims, token } = request;
  const named = connectionNames(request.connection);
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (isDroppedFromClient(name) || named?.has(name)) continue;
    if (token !== undefined && name === 'authorization') continue;
    if (!request.hasBody && (name === 'content-length' || name === 'content-type')) continue;
    headers.push(name, rawHeaders[index + 1] as string);
  }
  headers.push('x-request-id', request.requestId, 'traceparent', request.traceparent);
  headers.push('x-request-start', String(request.arrivedAtMs), 'x-forwarded-for', request.address);
  if (token !== undefined) headers.push('authorization', `Bearer ${token}`);
  if (claims !== undefined) {
    headers.push('x-user-id', claims.user_id, 'x-user-email', encodeURI(claims.email));
    headers.push('x-user-role', claims.role, 'x-tenant-id', claims.tenant_id);
    headers.push('x-session-id', claims.session_id);
  }
  return headers;
}

/** Response headers of a service, names in lower case. A header sent more than once has a list. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Appends a service's response headers for the client to `pairs`, names and values in turn. */
export function addHeadersToClient(headers: UpstreamHeaders, pairs: string[]): void {
  const { connection } = headers;
  const named = connectionNames(Array.isArray(connection) ? connection.join() : connection);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || droppedFromService.has(name) || named?.has(name)) continue;
    if (typeof value === 'string') pairs.push(name, value);
    else for (const one of value) pairs.push(name, one);
  }
}
