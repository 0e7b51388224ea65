import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { Access } from '../../../contracts/route.ts';
import { type Authenticate, bearerToken } from '../../../kit/auth/access.ts';
import type { ClientAddress } from '../../../kit/http/client-address.ts';
import { problem } from '../../../kit/http/problem.ts';
import { assertUrlLength } from '../../../kit/http/url-length.ts';
import { addressBlock } from '../limits/address-block.ts';
import type { BaseLimit } from '../limits/base-limit.ts';
import { type Decision, type Limiter, type LimitRule, limitHeaders } from '../limits/rate-limit.ts';
import type { Cors } from './cors.ts';
import { assertOneHost, assertUnambiguousPath } from './path-guard.ts';
import { isPersonalToken, type PersonalTokens } from './personal-tokens.ts';

/** What a route demands of a request. */
export interface RouteAccess {
  access: Access;
  /** Set where requests are counted by address instead of by user. */
  addressRule?: LimitRule | undefined;
  /** The Airtable base of a request that counts for the base's own limit. */
  base?: string | undefined;
}

/** A request that may be served. */
export interface AdmittedRequest {
  address: string;
  /** Undefined on public routes. */
  claims: AccessClaims | undefined;
  /** The access token for the service, where the client sent a personal one. */
  token?: string;
}

/**
 * The rules for every request: path, access token, rate limits and CORS. The fast path applies them to the services'
 * routes, Fastify to the gateway's own.
 */
export interface RequestPolicy {
  /** Headers of every response to the request, names and values in turn. */
  responseHeaders(request: IncomingMessage): string[];
  /**
   * Checks a request. The result is a promise only when a token or a limit must be looked up elsewhere.
   * @param responseHeaders the rate limit's state is appended, also when the request is rejected
   * @throws ProblemError `uri_too_long`, `malformed_request`, `not_found`, `rate_limited` and those of `authenticate`
   * and of `personalTokens`
   */
  admit(
    route: RouteAccess,
    request: IncomingMessage,
    responseHeaders: string[],
  ): AdmittedRequest | Promise<AdmittedRequest>;
}

export interface RequestPolicyOptions {
  authenticate: Authenticate;
  personalTokens: PersonalTokens;
  limiter: Limiter;
  /** Counted on every route that needs a token. */
  userRule: LimitRule;
  baseLimit: BaseLimit;
  /** Addresses without limits per address. */
  exemptAddresses: readonly string[];
  cors: Cors;
  /** Counted, and forwarded to services. */
  addressOf: ClientAddress;
}

/** Continues at once with a value, later with a promise: most requests never wait. */
function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

export function createRequestPolicy(options: RequestPolicyOptions): RequestPolicy {
  const { authenticate, personalTokens, limiter, userRule, baseLimit, cors, addressOf } = options;
  const exempt = new Set(options.exemptAddresses);
  return {
    responseHeaders: ({ headers }) => ['x-gateway', 'gateway', ...cors.headersFor(headers.origin)],
    admit({ access, addressRule, base }, request, responseHeaders) {
      assertUrlLength(request.url as string);
      assertUnambiguousPath(request.url as string);
      assertOneHost(request.rawHeaders);
      if (access === 'service') throw problem('not_found');
      const address = addressOf(request);

      function decided(decision: Decision, claims: AccessClaims | undefined): AdmittedRequest {
        responseHeaders.push(...limitHeaders(decision));
        if (!decision.allowed)
          throw problem('rate_limited', { caller: { userId: claims?.user_id, address } });
        return { address, claims };
      }
      async function takeTurn(
        admitted: AdmittedRequest,
        { tenant_id }: AccessClaims,
        named: string,
      ): Promise<AdmittedRequest> {
        // Per tenant: nobody can use up the limit of a base by naming it.
        const turn = await baseLimit.take(`${tenant_id}:${named.slice(0, 64)}`);
        if ('penaltyMs' in turn) {
          const seconds = String(Math.ceil(turn.penaltyMs / 1000));
          throw problem('rate_limited', { headers: { 'retry-after': seconds } });
        }
        if (turn.waitMs > 0) await pause(turn.waitMs);
        return admitted;
      }
      function limit(claims: AccessClaims | undefined): AdmittedRequest | Promise<AdmittedRequest> {
        if (addressRule !== undefined && !exempt.has(address))
          return chain(limiter.take(addressRule, addressBlock(address)), (made) => decided(made, claims));
        if (claims === undefined) return { address, claims };
        const admitted = chain(limiter.take(userRule, claims.user_id), (made) => decided(made, claims));
        return base === undefined ? admitted : chain(admitted, (known) => takeTurn(known, claims, base));
      }
      if (access === 'public') return limit(undefined);
      const presented = bearerToken(request);
      if (!isPersonalToken(presented)) return chain(authenticate(presented), limit);
      return personalTokens
        .exchange(presented)
        .then(async ({ token, claims }) => ({ ...(await limit(claims)), token }));
    },
  };
}
