import type { CryptoKey, JSONWebKeySet, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { AccessClaims } from '../../contracts/identity.ts';
import { ProblemError, problem } from '../http/problem.ts';
import { spacedLoads } from './spaced-loads.ts';

/** Source of public keys: a JWKS endpoint, or the signer itself. */
export type KeySource = { jwksUrl: string } | { keyOf(kid: string): Promise<CryptoKey | undefined> };

export interface TokenVerifierOptions {
  issuer: string;
  audience: string;
  keys: KeySource;
  /** Called for every token, cached or not. */
  isRevoked?(sessionId: string): boolean;
  /** Maximum number of cached tokens; default 10,000. */
  cacheSize?: number;
  /** Milliseconds since the epoch; for tests. */
  now?(): number;
}

export interface TokenVerifier {
  /** Claims of a token that was verified before and is still valid. If undefined, call `verify`. Never waits. */
  cached(token: string): AccessClaims | undefined;
  /** @throws ProblemError `unauthenticated`, `token_expired`, `token_revoked` or `not_ready`. */
  verify(token: string): Promise<AccessClaims>;
  /** `authenticate` for `buildService`: tries the cache first, then the signature. */
  authenticate(token: string): AccessClaims | Promise<AccessClaims>;
}

const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
/** Maximum length of a token, characters. */
const maxTokenLength = 8192;
/** Maximum time between now and an `iat` in the future, seconds. Clocks of one platform agree. */
const issuedAtLeewayS = 5;
/** Minimum time between two fetches of the keys, milliseconds. A token with an unknown key id waits at most that long. */
const jwksGapMs = 1_000;
const jwksMaxAgeMs = 600_000;
const jwksTimeoutMs = 3_000;

/**
 * Cache key of a token: half of the signature. The lookup then compares the whole token. Hashing the whole token would
 * cost a gateway more than the rest of the lookup.
 */
const tailOf = (token: string) => token.slice(-43);

function rejection(
  code: 'unauthenticated' | 'token_expired' | 'token_revoked',
  cause?: unknown,
): ProblemError {
  return problem(code, { headers: challenge, cause });
}

/** @throws ProblemError `not_ready`: a failed fetch proves nothing against a token, so the response is not 401. */
async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(jwksTimeoutMs), redirect: 'error' });
    if (!response.ok) throw new Error(`The key set responded with ${response.status}.`);
    return (await response.json()) as JSONWebKeySet;
  } catch (cause) {
    throw problem('not_ready', {
      message: 'Access tokens cannot be verified now. Retry later.',
      headers: { 'retry-after': '1' },
      cause,
    });
  }
}

async function keyGetter(source: KeySource): Promise<JWTVerifyGetKey> {
  const jose = await import('jose');
  if ('keyOf' in source) {
    return async ({ kid }) => {
      const key = typeof kid === 'string' ? await source.keyOf(kid) : undefined;
      if (key === undefined) throw new jose.errors.JWKSNoMatchingKey();
      return key;
    };
  }
  let known: { keys: JWTVerifyGetKey; atMs: number } | undefined;
  const loads = spacedLoads(async () => {
    const keys = jose.createLocalJWKSet(await fetchKeys(source.jwksUrl));
    known = { keys, atMs: performance.now() };
    return keys;
  }, jwksGapMs);
  return async (header, token) => {
    if (known !== undefined && performance.now() - known.atMs < jwksMaxAgeMs) {
      try {
        return await known.keys(header, token);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      }
    }
    // The key may be newer than the known ones. Only keys fetched after the token arrived can tell.
    return (await loads.next())(header, token);
  };
}

/**
 * Verifies ES256 access tokens (RFC 9068, `typ` `at+jwt`) and caches valid ones. The cache is bounded, compares the
 * whole token, drops a token at its `exp`, and tests for revocation every time.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const now = options.now ?? Date.now;
  const cacheSize = options.cacheSize ?? 10_000;
  const cache = new Map<string, { token: string; claims: AccessClaims }>();
  const checks: JWTVerifyOptions = {
    algorithms: ['ES256'],
    issuer: options.issuer,
    audience: options.audience,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'session_id', 'tenant_id'],
  };
  let keys: Promise<JWTVerifyGetKey> | undefined;

  function remember(token: string, claims: AccessClaims): void {
    if (cache.size >= cacheSize) {
      const oldest = cache.keys().next();
      if (!oldest.done) cache.delete(oldest.value);
    }
    cache.set(tailOf(token), { token, claims });
  }

  function assertNotRevoked(claims: AccessClaims): AccessClaims {
    if (options.isRevoked?.(claims.session_id)) throw rejection('token_revoked');
    return claims;
  }

  function cached(token: string): AccessClaims | undefined {
    const known = cache.get(tailOf(token));
    if (known === undefined || known.token !== token) return undefined;
    if (known.claims.exp * 1000 <= now()) {
      cache.delete(tailOf(token));
      return undefined;
    }
    return assertNotRevoked(known.claims);
  }

  async function verify(token: string): Promise<AccessClaims> {
    if (token.length > maxTokenLength) throw rejection('unauthenticated');
    const { jwtVerify } = await import('jose');
    keys ??= keyGetter(options.keys);
    let payload: unknown;
    try {
      const verified = await jwtVerify(token, await keys, { ...checks, currentDate: new Date(now()) });
      payload = verified.payload;
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      if ((error as { code?: unknown }).code === 'ERR_JWT_EXPIRED') throw rejection('token_expired', error);
      throw rejection('unauthenticated', error);
    }
    const claims = AccessClaims.safeParse(payload);
    if (!claims.success || claims.data.sub !== claims.data.user_id) throw rejection('unauthenticated');
    if (claims.data.iat > now() / 1000 + issuedAtLeewayS) throw rejection('unauthenticated');
    const valid = assertNotRevoked(Object.freeze(claims.data));
    remember(token, valid);
    return valid;
  }

  return { cached, verify, authenticate: (token) => cached(token) ?? verify(token) };
}
