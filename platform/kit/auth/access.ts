import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AccessClaims } from '../../contracts/identity.ts';
import { problem } from '../http/problem.ts';

/**
 * Verifies an access token and returns its claims.
 * @throws ProblemError `unauthenticated`, `token_expired` or `token_revoked`; `not_ready` when the verification keys
 * cannot be fetched.
 */
export type Authenticate = (token: string) => AccessClaims | Promise<AccessClaims>;

const scheme = 'bearer ';

/** The token of an `Authorization` header: any case of the scheme, one or more spaces (RFC 9110 11.4). */
export function tokenOf(header: string | undefined): string | undefined {
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  let start = scheme.length;
  while (header.charCodeAt(start) === 0x20) start += 1;
  const token = header.slice(start);
  return token === '' || token.includes(' ') ? undefined : token;
}

const challenge = { 'www-authenticate': 'Bearer' };

/**
 * Reads the token of `Authorization: Bearer …`.
 * @throws ProblemError `unauthenticated` when the header is absent, has another scheme, or is sent twice.
 */
export function bearerToken(request: IncomingMessage): string {
  const header = request.headers.authorization;
  if (header === undefined) throw problem('unauthenticated', { headers: challenge });
  let seen = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] as string;
    if (name.length === 13 && name.toLowerCase() === 'authorization') seen += 1;
  }
  // Verification rejects characters that no token has; a test here would slow down every request.
  const token = tokenOf(header);
  if (seen !== 1 || token === undefined) throw problem('unauthenticated', { headers: challenge });
  return token;
}

/** Creates the test of `x-internal-key`. The comparison takes the same time for every input. */
export function createInternalKeyCheck(key: string): (presented: string | string[] | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(key);
  return (presented) => typeof presented === 'string' && timingSafeEqual(digest(presented), expected);
}
