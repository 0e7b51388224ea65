import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay from 'find-my-way';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { ServiceName } from '../../../contracts/service.ts';
import { type Authenticate, bearerToken } from '../../../kit/auth/access.ts';
import { callerAddress } from '../../../kit/http/client-address.ts';
import type { Front, FrontTools } from '../../../kit/http/fast-path.ts';
import { problem } from '../../../kit/http/problem.ts';
import { toProblem, writeProblem } from '../../../kit/http/problem-response.ts';
import type { Arrival } from '../../../kit/observe/request-observer.ts';
import { formatTraceparent } from '../../../kit/observe/trace-context.ts';
import { SpanKind, startSpan } from '../../../kit/observe/tracing.ts';
import { addressBlock } from '../limits/address-block.ts';
import type { LimitRules } from '../limits/limit-rules.ts';
import { type Limiter, type LimitRule, limitHeaders } from '../limits/rate-limit.ts';
import { type Forwarding, forward } from '../upstream/proxy.ts';
import { carriesBody, limitedBody } from '../upstream/request-body.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Cors } from './cors.ts';
import { headersToService } from './forwarded-headers.ts';
import { assertUnambiguousPath } from './path-guard.ts';
import { type ProxiedRoute, upstreamTarget } from './route-table.ts';

export interface FrontOptions {
  routes: readonly ProxiedRoute[];
  paths: { ignoreTrailingSlash: boolean; maxParamLength: number };
  upstreams: ReadonlyMap<ServiceName, Upstream>;
  authenticate: Authenticate;
  limiter: Limiter;
  rules: LimitRules;
  cors: Cors;
  hasInternalKey: (presented: string | string[] | undefined) => boolean;
}

/** What a client gets when it goes away before the answer; nginx's number, seen in metrics and log only. */
const clientGoneStatus = 499;

/** A route of the table with what it is handled by, looked up once. */
interface Place {
  route: ProxiedRoute;
  upstream: Upstream | undefined;
  /** Set where requests are counted by address instead of by user. */
  addressRule: LimitRule | undefined;
}

/** Goes on with a value now if it is there, later if it is a promise: the usual request never waits. */
function whenThere<T>(value: T | Promise<T>, next: (value: T) => void, fail: (error: unknown) => void): void {
  if (value instanceof Promise) value.then(next).catch(fail);
  else next(value);
}

/** Answers every route of the table: token, limits, then on to the service. Bodies are not read here. */
export function createFront(options: FrontOptions, { observer, bodyPace }: FrontTools): Front {
  const { authenticate, limiter, rules, cors, hasInternalKey } = options;

  /** One request on its way. The answers' headers grow as more is known. */
  interface Passage {
    request: IncomingMessage;
    response: ServerResponse;
    route: ProxiedRoute;
    arrival: Arrival;
    answerHeaders: string[];
    forwarding: Forwarding | undefined;
  }

  function refuse({ request, response, arrival, answerHeaders }: Passage, error: unknown): void {
    const answer = toProblem(error);
    if (answer.status >= 500 && answer.cause !== undefined) observer.failed(arrival, answer.cause);
    writeProblem({ request, response }, answer, arrival.id, ['x-served-by', 'gateway', ...answerHeaders]);
  }

  function send(
    passage: Passage,
    upstream: Upstream,
    address: string,
    claims: AccessClaims | undefined,
  ): void {
    const { request, response, route, arrival } = passage;
    // The client may have gone while its token or limit was looked up.
    if (response.destroyed) return;
    const hasBody = carriesBody(request);
    const body = hasBody ? limitedBody(request, response, route.maxBodyBytes) : undefined;
    const span = arrival.span
      ? startSpan(`${arrival.method} ${route.service}`, {
          kind: SpanKind.CLIENT,
          parent: arrival.trace,
          attributes: { 'http.request.method': arrival.method, 'peer.service': route.service },
        })
      : undefined;
    passage.forwarding = forward({
      method: arrival.method,
      response,
      upstream,
      span,
      target: upstreamTarget(route, request.url as string),
      headers: headersToService({
        rawHeaders: request.rawHeaders,
        connection: request.headers.connection,
        hasBody,
        requestId: arrival.id,
        traceparent: formatTraceparent(span?.spanContext() ?? arrival.trace),
        address,
        claims,
      }),
      body,
      timeoutMs: route.timeoutMs,
      answerHeaders: passage.answerHeaders,
      refuse: (error) => refuse(passage, error),
    });
  }

  function takePlace(place: Place, request: IncomingMessage, response: ServerResponse): void {
    const { route, upstream, addressRule } = place;
    const { headers } = request;
    const arrival = observer.arrived({
      id: randomUUID(),
      method: route.method === 'GET' ? (request.method as string) : route.method,
      route: route.url,
      traceparent: headers.traceparent,
    });
    const passage: Passage = {
      request,
      response,
      route,
      arrival,
      answerHeaders: [
        'x-gateway',
        'gateway',
        'x-request-id',
        arrival.id,
        'x-trace-id',
        arrival.trace.traceId,
        ...cors.headersFor(headers.origin),
      ],
      forwarding: undefined,
    };
    response.once('close', () => {
      if (!response.writableFinished) passage.forwarding?.leave();
      bodyPace.forget(request);
      observer.answered(arrival, response.headersSent ? response.statusCode : clientGoneStatus);
    });
    bodyPace.watch(request, response, { upload: route.upload });
    const fail = (error: unknown) => refuse(passage, error);
    try {
      assertUnambiguousPath(request.url as string);
      if (upstream === undefined || route.access === 'service') throw problem('not_found');
      const address = callerAddress(request, hasInternalKey);
      const limited = (claims: AccessClaims | undefined) => {
        const decision = addressRule
          ? limiter.take(addressRule, addressBlock(address))
          : claims && limiter.take(rules.byUser, claims.user_id);
        whenThere(
          decision,
          (made) => {
            if (made !== undefined) passage.answerHeaders.push(...limitHeaders(made));
            if (made?.allowed === false) throw problem('rate_limited');
            send(passage, upstream, address, claims);
          },
          fail,
        );
      };
      if (route.access === 'public') limited(undefined);
      else whenThere(authenticate(bearerToken(request)), limited, fail);
    } catch (error) {
      fail(error);
    }
  }

  const router = findMyWay({
    ...options.paths,
    // Nobody asks for it here, and parsing it would cost every request.
    querystringParser: () => ({}),
  });
  const routes: { method: string; url: string }[] = [];
  for (const route of options.routes) {
    const place: Place = {
      route,
      upstream: options.upstreams.get(route.service),
      addressRule: rules.byAddress(route),
    };
    for (const method of route.method === 'GET' ? (['GET', 'HEAD'] as const) : [route.method]) {
      router.on(method, route.url, () => {}, place);
      routes.push({ method, url: route.url });
    }
  }

  return {
    routes,
    take(request, response) {
      const found = router.find(request.method as 'GET', request.url ?? '');
      if (found === null || found.store === undefined) return false;
      takePlace(found.store as Place, request, response);
      return true;
    },
  };
}
