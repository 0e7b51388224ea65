import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessClaims } from '../contracts/platform-services.ts';
import type { ServiceName } from '../contracts/service.ts';
import { type Authenticate, bearerToken } from '../kit/access.ts';
import { callerAddress } from '../kit/caller-address.ts';
import { problem } from '../kit/problem.ts';
import { formatTraceparent } from '../kit/trace-context.ts';
import { SpanKind, startSpan } from '../kit/tracing.ts';
import { addressBlock } from './address-block.ts';
import type { Cors } from './cors.ts';
import { headersToService } from './forwarded-headers.ts';
import type { LimitRules } from './limit-rules.ts';
import { forward } from './proxy.ts';
import { type Decision, type Limiter, limitHeaders } from './rate-limit.ts';
import { carriesBody, limitedBody } from './request-body.ts';
import { type ProxiedRoute, upstreamTarget } from './route-table.ts';
import type { Upstream } from './upstream.ts';

export interface ProxiedRoutesOptions {
  routes: readonly ProxiedRoute[];
  upstreams: ReadonlyMap<ServiceName, Upstream>;
  authenticate: Authenticate;
  limiter: Limiter;
  rules: LimitRules;
  cors: Cors;
  hasInternalKey: (presented: string | string[] | undefined) => boolean;
}

/** Goes on with a value now if it is there, later if it is a promise: the usual request never waits. */
function whenThere<T>(value: T | Promise<T>, next: (value: T) => void, fail: (error: unknown) => void): void {
  if (value instanceof Promise) value.then(next).catch(fail);
  else next(value);
}

/** Registers every route of the table: token, limits, then on to the service. Bodies are not read here. */
export function registerProxiedRoutes(scope: FastifyInstance, options: ProxiedRoutesOptions): void {
  const { authenticate, limiter, rules, cors, hasInternalKey } = options;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));

  function send(
    route: ProxiedRoute,
    upstream: Upstream,
    exchange: {
      request: FastifyRequest;
      reply: FastifyReply;
      address: string;
      claims: AccessClaims | undefined;
      decision: Decision | undefined;
    },
  ): void {
    const { request, reply, address, claims, decision } = exchange;
    const standing = decision === undefined ? [] : limitHeaders(decision);
    if (decision?.allowed === false) {
      const headers: Record<string, string> = {};
      for (let index = 0; index < standing.length; index += 2)
        headers[standing[index] as string] = standing[index + 1] as string;
      throw problem('rate_limited', { headers });
    }
    const hasBody = carriesBody(request.raw);
    const body = hasBody ? limitedBody(request.raw, reply.raw, route.maxBodyBytes) : undefined;
    const span = request.serverSpan
      ? startSpan(`${request.method} ${route.service}`, {
          kind: SpanKind.CLIENT,
          parent: request.trace,
          attributes: { 'http.request.method': request.method, 'peer.service': route.service },
        })
      : undefined;
    forward({
      request,
      reply,
      upstream,
      span,
      target: upstreamTarget(route, request.raw.url ?? '/'),
      headers: headersToService({
        rawHeaders: request.raw.rawHeaders,
        connection: request.headers.connection,
        hasBody,
        requestId: request.id,
        traceparent: formatTraceparent(span?.spanContext() ?? request.trace),
        address,
        claims,
      }),
      body,
      timeoutMs: route.timeoutMs,
      answerHeaders: [
        'x-gateway',
        'gateway',
        'x-request-id',
        request.id,
        'x-trace-id',
        request.trace.traceId,
        ...cors.headersFor(request.headers.origin),
        ...standing,
      ],
    });
  }

  for (const route of options.routes) {
    const upstream = options.upstreams.get(route.service);
    if (upstream === undefined) continue;
    const addressRule = rules.byAddress(route);
    scope.route({
      method: route.method,
      url: route.url,
      handler(request, reply) {
        if (route.access === 'service') throw problem('not_found');
        const fail = (error: unknown) => void reply.send(error);
        const address = callerAddress(request.raw, hasInternalKey);
        const limited = (claims: AccessClaims | undefined) => {
          const decision = addressRule
            ? limiter.take(addressRule, addressBlock(address))
            : claims && limiter.take(rules.byUser, claims.user_id);
          whenThere(
            decision,
            (made) => send(route, upstream, { request, reply, address, claims, decision: made }),
            fail,
          );
        };
        if (route.access === 'public') limited(undefined);
        else whenThere(authenticate(bearerToken(request.raw)), limited, fail);
      },
    });
  }
}
