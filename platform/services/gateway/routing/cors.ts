import type { FastifyReply, FastifyRequest } from 'fastify';

const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const allowedHeaders = [
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  // Required of clients of MCP revision 2026-07-28.
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'range',
  'traceparent',
  // Sent by Airtable's own browser client.
  'x-airtable-application-id',
  'x-airtable-user-agent',
  'x-api-version',
].join(', ');
const exposedHeaders = [
  'accept-ranges',
  'allow',
  'content-disposition',
  'content-range',
  'etag',
  'idempotent-replayed',
  'location',
  'mcp-session-id',
  'ratelimit-limit',
  'ratelimit-policy',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'www-authenticate',
  'x-gateway',
  'x-request-id',
  'x-served-by',
  'x-trace-id',
].join(', ');

export interface Cors {
  /** Headers that let a page of this origin read a response, names and values in turn. */
  headersFor(origin: string | undefined): readonly string[];
  isAllowed(origin: string): boolean;
  /** Responds to a preflight request; false when the request is not one. */
  respondToPreflight(request: FastifyRequest, reply: FastifyReply): boolean;
}

const vary: readonly string[] = ['vary', 'origin'];

/**
 * Lets pages of exactly the given origins read responses. Credentials are never allowed: the API takes bearer tokens,
 * which a page must attach itself, so another site cannot use a visitor's cookies.
 */
export function createCors(origins: readonly string[]): Cors {
  const exposed = ['access-control-expose-headers', exposedHeaders];
  const readable = new Map(
    origins.map((origin) => [origin, [...vary, 'access-control-allow-origin', origin, ...exposed]]),
  );
  return {
    isAllowed: (origin) => readable.has(origin),
    headersFor: (origin) => (origin === undefined ? vary : (readable.get(origin) ?? vary)),
    respondToPreflight(request, reply) {
      const { origin } = request.headers;
      const method = request.headers['access-control-request-method'];
      if (request.method !== 'OPTIONS' || origin === undefined || method === undefined) return false;
      reply.header('vary', 'origin, access-control-request-method, access-control-request-headers');
      if (readable.has(origin)) {
        reply.headers({
          'access-control-allow-origin': origin,
          'access-control-allow-methods': allowedMethods,
          'access-control-allow-headers': allowedHeaders,
          'access-control-max-age': '600',
        });
      }
      reply.code(204).send();
      return true;
    },
  };
}
