import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tokens } from '../../../contracts/platform-services/authentication.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Cookies } from './cookies.ts';
import type { Identity } from './identity.ts';

export interface Sessions {
  /** Whether the visitor has session cookies; the session itself may have ended. */
  isPresent(request: FastifyRequest): boolean;
  /**
   * Starts a session after a sign-in. One that the browser had before ends at the platform: it may be that of another
   * user, or one that somebody else has planted. It stays when the platform cannot be reached.
   */
  start(visit: { request: FastifyRequest; reply: FastifyReply; log: Log }, tokens: Tokens): Promise<void>;
  /**
   * Runs work with the visitor's access token, refreshed first when it has expired.
   * @returns undefined when there is no valid session; its cookies are then cleared
   * @throws PeerProblem when the platform fails
   */
  use<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (token: string) => Promise<T>,
  ): Promise<T | undefined>;
  /**
   * Ends the visitor's session at the platform and clears its cookies. They are cleared even when the platform does
   * not respond: after signing out on a shared computer, nobody must be signed in there.
   */
  end(visit: { request: FastifyRequest; reply: FastifyReply; log: Log }): Promise<void>;
}

export interface SessionsOptions {
  cookies: Cookies;
  identity: Identity;
  now: () => number;
}

/** Maximum lifetime of the platform's refresh tokens, seconds; the platform decides which are still valid. */
const refreshMaxAgeS = 30 * 24 * 3600;
/** An access token is not used in its last seconds, because it could expire on the way. */
const accessMarginS = 10;
/**
 * How long the result of a refresh is kept, milliseconds. A browser that loads two pages at once sends the same
 * refresh token twice; the second use would count as theft and end the session.
 */
const refreshResultMs = 20_000;

function isUnauthenticated(error: unknown): boolean {
  return error instanceof PeerProblem && error.status === 401;
}

/** Sessions are stored in the visitor's cookies alone; this server stores none. */
export function createSessions({ cookies, identity, now }: SessionsOptions): Sessions {
  const refreshes = new Map<string, { at: number; tokens: Promise<Tokens> }>();

  function refreshOnce(request: FastifyRequest, refreshToken: string): Promise<Tokens> {
    for (const [key, { at }] of refreshes) {
      if (now() - at < refreshResultMs) break;
      refreshes.delete(key);
    }
    const running = refreshes.get(refreshToken);
    if (running !== undefined) return running.tokens;
    const tokens = identity.api.refresh({ body: { refresh_token: refreshToken } }, identity.callFor(request));
    refreshes.set(refreshToken, { at: now(), tokens });
    // Only a success may be shared: after a failure the next request tries again.
    tokens.catch(() => refreshes.delete(refreshToken));
    return tokens;
  }

  function store(reply: FastifyReply, tokens: Tokens): void {
    cookies.set(reply, 'access', tokens.access_token, tokens.expires_in - accessMarginS);
    cookies.set(reply, 'refresh', tokens.refresh_token, refreshMaxAgeS);
  }

  function clear(reply: FastifyReply): void {
    cookies.clear(reply, 'access');
    cookies.clear(reply, 'refresh');
  }

  async function refreshedToken(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const refreshToken = cookies.read(request, 'refresh');
    if (refreshToken === undefined) return undefined;
    const tokens = await refreshOnce(request, refreshToken);
    store(reply, tokens);
    return tokens.access_token;
  }

  async function use<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (token: string) => Promise<T>,
  ): Promise<T | undefined> {
    const sources = [() => cookies.read(request, 'access'), () => refreshedToken(request, reply)];
    for (const source of sources) {
      try {
        const token = await source();
        if (token !== undefined) return await work(token);
      } catch (error) {
        if (!isUnauthenticated(error)) throw error;
      }
    }
    clear(reply);
    return undefined;
  }

  /** Ends the session of the cookies that the browser sent, without setting any. */
  async function endEarlier(request: FastifyRequest, log: Log): Promise<void> {
    const [access, refresh] = [cookies.read(request, 'access'), cookies.read(request, 'refresh')];
    const logout = (token: string) => identity.api.logout({}, identity.callFor(request, token));
    try {
      try {
        if (access !== undefined) {
          await logout(access);
          return;
        }
      } catch (error) {
        if (!isUnauthenticated(error)) throw error;
      }
      if (refresh !== undefined) await logout((await refreshOnce(request, refresh)).access_token);
    } catch (error) {
      if (!(error instanceof PeerProblem)) throw error;
      // Over already.
      if (isUnauthenticated(error)) return;
      log.warn(
        { err: error.message, request_id: request.id },
        'the earlier session of a browser could not be ended',
      );
    }
  }

  return {
    isPresent: (request) =>
      cookies.read(request, 'refresh') !== undefined || cookies.read(request, 'access') !== undefined,
    async start({ request, reply, log }, tokens) {
      store(reply, tokens);
      await endEarlier(request, log);
    },
    use,
    async end({ request, reply, log }) {
      try {
        await use(request, reply, (token) => identity.api.logout({}, identity.callFor(request, token)));
      } catch (error) {
        if (!(error instanceof PeerProblem)) throw error;
        log.warn(
          { err: error.message, request_id: request.id },
          'cleared the cookies of a session that the platform could not end',
        );
      }
      clear(reply);
    },
  };
}
