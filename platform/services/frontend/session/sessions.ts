import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tokens } from '../../../contracts/platform-services/authentication.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Cookies } from './cookies.ts';
import type { Identity } from './identity.ts';

export interface Sessions {
  /** Whether the visitor holds a session; it may turn out to be over. */
  isPresent(request: FastifyRequest): boolean;
  start(reply: FastifyReply, tokens: Tokens): void;
  forget(reply: FastifyReply): void;
  /**
   * Does work with the visitor's access token, refreshed first when it has expired.
   * @returns undefined when there is no living session; its cookies are then dropped
   * @throws PeerProblem when the platform fails
   */
  use<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (token: string) => Promise<T>,
  ): Promise<T | undefined>;
}

export interface SessionsOptions {
  cookies: Cookies;
  identity: Identity;
  now: () => number;
}

/** The cookie outlives no token the platform could have issued; the platform decides what is still good. */
const refreshMaxAgeS = 30 * 24 * 3600;
/** An access token is not used in its last seconds: it could expire on the way. */
const accessMarginS = 10;
/**
 * How long the outcome of a refresh is kept, milliseconds. A browser that loads two pages at once sends the same
 * refresh token twice; the second time would count as theft and end the session.
 */
const refreshMemoryMs = 20_000;

function isRefused(error: unknown): boolean {
  return error instanceof PeerProblem && error.status === 401;
}

/** Sessions live in the visitor's cookies alone; this server keeps none. */
export function createSessions({ cookies, identity, now }: SessionsOptions): Sessions {
  const refreshes = new Map<string, { at: number; tokens: Promise<Tokens> }>();

  function refreshOnce(request: FastifyRequest, refreshToken: string): Promise<Tokens> {
    for (const [key, { at }] of refreshes) {
      if (now() - at < refreshMemoryMs) break;
      refreshes.delete(key);
    }
    const running = refreshes.get(refreshToken);
    if (running !== undefined) return running.tokens;
    const tokens = identity.api.refresh({ body: { refresh_token: refreshToken } }, identity.callFor(request));
    refreshes.set(refreshToken, { at: now(), tokens });
    // Only a success may be shared: after a failure the next request asks again.
    tokens.catch(() => refreshes.delete(refreshToken));
    return tokens;
  }

  function start(reply: FastifyReply, tokens: Tokens): void {
    cookies.set(reply, 'access', tokens.access_token, tokens.expires_in - accessMarginS);
    cookies.set(reply, 'refresh', tokens.refresh_token, refreshMaxAgeS);
  }

  function forget(reply: FastifyReply): void {
    cookies.clear(reply, 'access');
    cookies.clear(reply, 'refresh');
  }

  async function refreshed(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const refreshToken = cookies.read(request, 'refresh');
    if (refreshToken === undefined) return undefined;
    try {
      const tokens = await refreshOnce(request, refreshToken);
      start(reply, tokens);
      return tokens.access_token;
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
  }

  return {
    isPresent: (request) =>
      cookies.read(request, 'refresh') !== undefined || cookies.read(request, 'access') !== undefined,
    start,
    forget,
    async use(request, reply, work) {
      const access = cookies.read(request, 'access');
      if (access !== undefined) {
        try {
          return await work(access);
        } catch (error) {
          if (!isRefused(error)) throw error;
        }
      }
      const fresh = await refreshed(request, reply);
      if (fresh !== undefined) {
        try {
          return await work(fresh);
        } catch (error) {
          if (!isRefused(error)) throw error;
        }
      }
      forget(reply);
      return undefined;
    },
  };
}
