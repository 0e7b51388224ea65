import type { IncomingMessage } from 'node:http';
import type { FastifyReply } from 'fastify';
import { type ProtectedResource, resourceMetadataPath } from '../../contracts/protected-resource.ts';
import type { TokenScope } from '../../contracts/token-scope.ts';
import { ProblemError, problem } from '../http/problem.ts';

/** The origin under which the client of a request reaches this process; undefined when nothing trusted names it. */
export type PublicOrigin = (request: IncomingMessage) => string | undefined;

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The address of a connection as a URL has it. */
function literalOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  return plain.includes(':') ? `[${plain}]` : plain;
}

/**
 * Anyone can send any `Host`, and a page that uses DNS rebinding does. So it counts only when it is a loopback name or
 * the address that the client connected to, and when no proxy has forwarded the request.
 * @param configured origin that the operator names; it wins over the request
 */
export function publicOrigin(configured: string | undefined): PublicOrigin {
  return ({ headers, socket }) => {
    if (configured !== undefined) return configured;
    if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return undefined;
    const host = headers.host?.toLowerCase();
    const name = host === undefined ? undefined : hostPattern.exec(host)?.[1];
    if (name === undefined) return undefined;
    return loopback.has(name) || name === literalOf(socket.localAddress) ? `http://${host}` : undefined;
  };
}

/** Whether responses of the status may challenge the client: it has no valid token, or the token lacks a scope. */
export function hasChallenge(status: number): boolean {
  return status === 401 || status === 403;
}

const metadataParameter = /,?\s*resource_metadata="[^"]*"/;

/** A `WWW-Authenticate` challenge that names the metadata of the resource at `path` (RFC 9728, section 5.1). */
export function challengeWithMetadata(challenge: string, origin: string, path: string): string {
  const own = challenge.replace(metadataParameter, '').trim();
  return `${own}${own.includes(' ') ? ',' : ''} resource_metadata="${origin}${resourceMetadataPath}${path}"`;
}

/**
 * Adds the metadata to the challenge of a 401, and to that of a 403 for a missing scope. Every other problem, and one
 * without an origin, stays as it is.
 */
export function withResourceMetadata(
  error: ProblemError,
  origin: string | undefined,
  path: string,
): ProblemError {
  const given = error.headers['www-authenticate'] ?? (error.status === 401 ? 'Bearer' : undefined);
  if (given === undefined || !hasChallenge(error.status) || origin === undefined) return error;
  const challenge = challengeWithMetadata(given, origin, path);
  return new ProblemError(error.code, {
    message: error.message,
    ...(error.details === undefined ? {} : { details: error.details }),
    headers: { ...error.headers, 'www-authenticate': challenge },
    cause: error.cause,
  });
}

/**
 * The metadata of the resource at `path`.
 * @param documentation path of the document that describes its routes
 * @throws ProblemError `not_found` without an origin
 */
export function describeResource(
  origin: string | undefined,
  {
    path,
    name,
    scopes,
    documentation,
    reply,
  }: {
    path: string;
    name: string;
    scopes: readonly TokenScope[];
    documentation: string;
    reply: FastifyReply;
  },
): ProtectedResource {
  reply.header('access-control-allow-origin', '*');
  if (origin === undefined)
    throw problem('not_found', {
      message: 'The public address of this server is unknown: PUBLIC_URL is not set.',
    });
  return {
    resource: `${origin}${path}`,
    resource_name: name,
    scopes_supported: [...scopes],
    bearer_methods_supported: ['header'],
    resource_documentation: `${origin}${documentation}`,
  };
}
