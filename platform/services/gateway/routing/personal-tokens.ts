import { createHash } from 'node:crypto';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { personalToken } from '../../../contracts/platform-services/personal-tokens.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';

/** An access token with the rights of a personal one, for the services behind the gateway. */
export interface ExchangedToken {
  token: string;
  claims: AccessClaims;
}

export interface PersonalTokens {
  /** @throws ProblemError `unauthenticated`, `token_expired`; `not_ready` when platform-services does not respond */
  exchange(token: string): Promise<ExchangedToken>;
}

export interface PersonalTokensOptions {
  /** Asks platform-services for an access token. Rejects with PeerProblem. */
  request(token: string): Promise<{ access_token: string }>;
  /** Verifies an access token and that its rights have not been revoked. */
  authenticate: Authenticate;
  /** Milliseconds from any start. */
  now(): number;
  /** Maximum number of remembered tokens; default 10,000. */
  cacheSize?: number;
}

/** How long the result of an exchange is used, milliseconds: the documented lag of a revocation. */
const rememberedMs = 5_000;
/** Maximum wait for platform-services, milliseconds. While it is busy, a late response is better than none. */
const timeoutMs = 8_000;
const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };

/** Access tokens are JWTs, which begin with `eyJ`. */
export function isPersonalToken(token: string): boolean {
  return token.startsWith('pat');
}

/** A `request` that asks platform-services. */
export function exchangeAt(baseUrl: string, internalKey: string): PersonalTokensOptions['request'] {
  const client = createClient(platformServices, { baseUrl, internalKey, timeoutMs });
  return (token) => client.exchangeToken({ body: { token } });
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof PeerProblem && error.problem !== undefined) {
    const { error: code, message } = error.problem;
    if (code === 'unauthenticated' || code === 'token_expired')
      return problem(code, { message, headers: challenge });
  }
  // A failed exchange proves nothing against the token, so the response is not 401.
  return problem('not_ready', {
    message: 'Personal access tokens cannot be verified now. Retry later.',
    headers: { 'retry-after': '1' },
    cause: error,
  });
}

/**
 * Exchanges personal access tokens, so that services see access tokens only. Remembers results by the token's digest for
 * up to 5 s, also rejections, and asks once for requests that arrive together. A revocation that has arrived ends a
 * remembered result at once.
 */
export function createPersonalTokens(options: PersonalTokensOptions): PersonalTokens {
  const { request, authenticate, now, cacheSize = 10_000 } = options;
  const known = new Map<string, { startedMs: number; access: Promise<string> }>();

  function start(key: string, token: string): Promise<string> {
    const entry = {
      startedMs: now(),
      access: request(token).then(
        ({ access_token }) => access_token,
        (error: unknown) => {
          const rejection = toProblem(error);
          if (rejection.code === 'not_ready' && known.get(key) === entry) known.delete(key);
          throw rejection;
        },
      ),
    };
    // Deleted first: the oldest entry is the first of the map.
    known.delete(key);
    const oldest = known.size >= cacheSize ? known.keys().next() : undefined;
    if (oldest?.done === false) known.delete(oldest.value);
    known.set(key, entry);
    return entry.access;
  }

  async function verified(access: Promise<string>): Promise<ExchangedToken> {
    const token = await access;
    return { token, claims: await authenticate(token) };
  }

  return {
    async exchange(token) {
      if (!personalToken.safeParse(token).success) throw problem('unauthenticated', { headers: challenge });
      const key = createHash('sha256').update(token).digest('base64');
      const entry = known.get(key);
      if (entry === undefined || now() - entry.startedMs >= rememberedMs) return verified(start(key, token));
      try {
        return await verified(entry.access);
      } catch (error) {
        const code = error instanceof ProblemError ? error.code : undefined;
        if (code !== 'token_revoked' && code !== 'token_expired') throw error;
        // The rights have changed since. Requests that find this out together ask once.
        const newer = known.get(key);
        return verified(newer === undefined || newer === entry ? start(key, token) : newer.access);
      }
    },
  };
}
