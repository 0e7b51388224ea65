import type { CryptoKey, JSONWebKeySet, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { AccessClaims } from '../../contracts/identity.ts';
import { ProblemError, problem } from '../http/problem.ts';
import { spacedLoads } from './spaced-loads.ts';

/** Source of public keys: a JWKS endpoint, or the signer itself. */
export type KeySource =
  | { jwksUrl: string }
  | {
      keyOf(kid: string): Promise<CryptoKey | undefined>;
      /** When a key that was found ends, milliseconds since the epoch; undefined for one without an end. */
      endOf?(kid: string): number | undefined;
    };

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
const jwksTimeoutMs = 8_000;

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

interface Keys {
  /** Finds the key of a token, for jose. */
  get: JWTVerifyGetKey;
  /** When the key ends, milliseconds since the epoch. */
  endOf(kid: string | undefined): number;
}

/** A key set with the end of each key, which is its member `exp` (as in OpenID Federation 1.0), seconds. */
function endsIn({ keys }: JSONWebKeySet): Map<string, number> {
  return new Map(
    keys.flatMap(({ kid, exp }: JSONWebKeySet['keys'][number] & { exp?: unknown }) =>
      kid !== undefined && typeof exp === 'number' ? [[kid, exp * 1000] as const] : [],
    ),
  );
}

async function openKeys(source: KeySource, now: () => number): Promise<Keys> {
  const jose = await import('jose');
  if ('keyOf' in source) {
    return {
      async get({ kid }) {
        const key = typeof kid === 'string' ? await source.keyOf(kid) : undefined;
        if (key === undefined) throw new jose.errors.JWKSNoMatchingKey();
        return key;
      },
      endOf: (kid) => (kid === undefined ? undefined : source.endOf?.(kid)) ?? Number.POSITIVE_INFINITY,
    };
  }
  let known: { keys: JWTVerifyGetKey; ends: Map<string, number>; atMs: number } | undefined;
  const loads = spacedLoads(async () => {
    const set = await fetchKeys(source.jwksUrl);
    known = { keys: jose.createLocalJWKSet(set), ends: endsIn(set), atMs: performance.now() };
    return known.keys;
  }, jwksGapMs);
  const endOf = (kid: string | undefined) => known?.ends.get(kid ?? '') ?? Number.POSITIVE_INFINITY;
  return {
    endOf,
    async get(header, token) {
      // Without an id it would not be known whether the key has ended.
      if (typeof header.kid !== 'string') throw new jose.errors.JWKSNoMatchingKey();
      if (known !== undefined && performance.now() - known.atMs < jwksMaxAgeMs && endOf(header.kid) > now()) {
        try {
          return await known.keys(header, token);
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
        }
      }
      // The key may be newer than the known ones. Only keys fetched after the token arrived can tell.
      const latest = await loads.next();
      if (endOf(header.kid) <= now()) throw new jose.errors.JWKSNoMatchingKey();
      return latest(header, token);
    },
  };
}

/**
 * Verifies ES256 access tokens (RFC 9068, `typ` `at+jwt`) and caches valid ones. The cache is bounded, compares the
 * whole token, drops a token at its `exp` and with its key, and tests for revocation every time.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const now = options.now ?? Date.now;
  const cacheSize = options.cacheSize ?? 10_000;
  const cache = new Map<string, { token: string; claims: AccessClaims; untilMs: number }>();
  const checks: JWTVerifyOptions = {
    algorithms: ['ES256'],
    issuer: options.issuer,
    audience: options.audience,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'session_id', 'tenant_id'],
  };
  let keys: Promise<Keys> | undefined;

  function remember(token: string, claims: AccessClaims, keyEndMs: number): void {
    if (cache.size >= cacheSize) {
      const oldest = cache.keys().next();
      if (!oldest.done) cache.delete(oldest.value);
    }
    cache.set(tailOf(token), { token, claims, untilMs: Math.min(claims.exp * 1000, keyEndMs) });
  }

  function assertNotRevoked(claims: AccessClaims): AccessClaims {
    if (options.isRevoked?.(claims.session_id)) throw rejection('token_revoked');
    return claims;
  }

  function cached(token: string): AccessClaims | undefined {
    const known = cache.get(tailOf(token));
    if (known === undefined || known.token !== token) return undefined;
    if (known.untilMs <= now()) {
      cache.delete(tailOf(token));
      return undefined;
    }
    return assertNotRevoked(known.claims);
  }

  async function verify(token: string): Promise<AccessClaims> {
    if (token.length > maxTokenLength) throw rejection('unauthenticated');
    const { jwtVerify } = await import('jose');
    keys ??= openKeys(options.keys, now);
    const { get, endOf } = await keys;
    let payload: unknown;
    let keyEndMs: number;
    try {
      const verified = await jwtVerify(token, get, { ...checks, currentDate: new Date(now()) });
      payload = verified.payload;
      keyEndMs = endOf(verified.protectedHeader.kid);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      if ((error as { code?: unknown }).code === 'ERR_JWT_EXPIRED') throw rejection('token_expired', error);
      throw rejection('unauthenticated', error);
    }
    const claims = AccessClaims.safeParse(payload);
    if (!claims.success || claims.data.sub !== claims.data.user_id) throw rejection('unauthenticated');
    if (claims.data.iat > now() / 1000 + issuedAtLeewayS) throw rejection('unauthenticated');
    const valid = assertNotRevoked(Object.freeze(claims.data));
    remember(token, valid, keyEndMs);
    return valid;
  }

  return { cached, verify, authenticate: (token) => cached(token) ?? verify(token) };
}
