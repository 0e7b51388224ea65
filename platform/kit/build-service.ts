import { randomUUID } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { operationalRoutes } from '../contracts/operational.ts';
import type { AccessClaims } from '../contracts/platform-services.ts';
import { isUpload, type RouteSpec } from '../contracts/route.ts';
import type { ServiceContract } from '../contracts/service.ts';
import { type Authenticate, bearerToken, createInternalKeyCheck } from './access.ts';
import { sendProblem, toProblem } from './answer-problem.ts';
import { createBodyPace, type PaceOptions, paceLimits } from './body-pace.ts';
import { answerBrokenRequest } from './broken-request.ts';
import type { BaseConfig } from './config.ts';
import type { Dependency } from './dependency.ts';
import { discardRest, isArriving } from './discard-rest.ts';
import { type CreateFront, serverWithFront } from './front.ts';
import type { Handler, HandlerRequest, Handlers } from './handler.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { operationalHandlers } from './operational-handlers.ts';
import { problem } from './problem.ts';
import { acceptBodies } from './request-body.ts';
import { type Arrival, createRequestObserver } from './request-observer.ts';
import { runInScope, type Scope } from './scope.ts';
import { securityHeaders } from './security-headers.ts';
import { parsePart } from './validation.ts';

export interface ServiceOptions<C extends ServiceContract> {
  config: Pick<BaseConfig, 'INTERNAL_API_KEY'>;
  log: Log;
  dependencies: readonly Dependency[];
  handlers: Handlers<C>;
  /** Needed as soon as one route has access `user`. */
  authenticate?: Authenticate;
  metrics?: Metrics;
  /** Exceptions in how paths are matched, for clients that nobody here wrote. */
  paths?: { ignoreTrailingSlash?: boolean; maxParamLength?: number };
  /** Whether this process trusts `x-request-id` of whoever calls; the gateway makes its own. Default true. */
  trustRequestId?: boolean;
  /** Answers ahead of Fastify. */
  front?: CreateFront;
  /** How slowly requests may arrive. */
  pace?: PaceOptions;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body may arrive for as long as its bytes flow; the contract's routes say so themselves. */
    upload?: boolean;
  }
  interface FastifyRequest {
    arrival: Arrival;
  }
}

/** Default limit of a request body, bytes. */
export const defaultBodyLimit = 1024 * 1024;
/** How often connections that have become idle are closed while the service closes, milliseconds. */
const sweepMs = 20;
const requestIdPattern = /^[A-Za-z0-9._-]{8,128}$/;

class RouteRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: AccessClaims | undefined;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
  readonly log: Log;
  #abort: AbortController | undefined;

  constructor(
    parts: { params: unknown; query: unknown; body: unknown; caller: AccessClaims | undefined },
    context: { raw: FastifyRequest; reply: FastifyReply; log: Log },
  ) {
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.caller = parts.caller;
    this.raw = context.raw;
    this.reply = context.reply;
    this.log = context.log;
  }

  get requestId(): string {
    return this.raw.id;
  }

  /** Made on demand: most handlers never look at it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = new AbortController();
      this.#abort = controller;
      const response = this.reply.raw;
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('The client went away'));
      });
    }
    return this.#abort.signal;
  }
}

/**
 * Makes the Fastify instance of a service from its contract: every route validated, guarded, traced,
 * counted and answered through its schema, with the operational routes and the one error envelope.
 * It does not listen. Further routes may be added to it before it is ready.
 */
export function buildService<const C extends ServiceContract>(
  contract: C,
  options: ServiceOptions<C>,
): FastifyInstance {
  const metrics = options.metrics ?? createMetrics(contract.name);
  const trustRequestId = options.trustRequestId ?? true;
  const hasInternalKey = createInternalKeyCheck(options.config.INTERNAL_API_KEY);
  const log = options.log;
  const bodyPace = createBodyPace({ log, ...options.pace });
  const { headMs } = options.pace?.limits ?? paceLimits;
  const observer = createRequestObserver({ metrics, log });
  const front = options.front?.({ observer, bodyPace });
  let closing = false;

  const http = {
    headersTimeout: headMs,
    connectionsCheckingInterval: headMs / 3,
    // No stream is set up for a request without a body.
    optimizeEmptyRequests: true,
  };
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: defaultBodyLimit,
    http,
    // It would count the body too; that is the pace's matter.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    routerOptions: options.paths ?? {},
    genReqId(request) {
      const given = request.headers['x-request-id'];
      return trustRequestId && typeof given === 'string' && requestIdPattern.test(given)
        ? given
        : randomUUID();
    },
    frameworkErrors(error, request, reply) {
      sendProblem(reply, toProblem(error), request.id);
    },
    clientErrorHandler: answerBrokenRequest,
    ...(front && { serverFactory: serverWithFront(front, () => closing) }),
  });

  app.decorateRequest('arrival');
  app.addHook('onRequest', (request, reply, done) => {
    request.arrival = observer.arrived({
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      traceparent: request.headers.traceparent,
    });
    bodyPace.watch(request.raw, reply.raw, { upload: request.routeOptions.config?.upload ?? false });
    reply.headers(securityHeaders);
    reply.header('x-request-id', request.id);
    reply.header('x-trace-id', request.arrival.trace.traceId);
    reply.header('x-served-by', contract.name);
    done();
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isArriving(request.raw)) {
      // Fastify and handlers ask for an end to the connection when they refuse a body; it comes, but not at once.
      reply.removeHeader('connection');
      discardRest(request.raw, reply.raw);
    }
    done();
  });

  app.addHook('onResponse', (request, reply, done) => {
    bodyPace.forget(request.raw);
    observer.answered(request.arrival, reply.statusCode);
    done();
  });

  app.setErrorHandler((error, request, reply) => {
    const answer = toProblem(error);
    if (answer.status >= 500 && answer.code !== 'not_implemented')
      observer.failed(request.arrival, answer.cause ?? answer);
    return sendProblem(reply, answer, request.id);
  });

  // A connection that is busy when closing begins would else be kept alive after its answer, and the process with it.
  let sweeping: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    closing = true;
    sweeping = setInterval(() => app.server.closeIdleConnections(), sweepMs);
    done();
  });
  app.addHook('onClose', async () => {
    clearInterval(sweeping);
    bodyPace.close();
  });

  const known: { method: string; pattern: RegExp }[] = [];
  function know(method: string | string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(
      `^${url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z_]+/g, '[^/]+')}/?$`,
    );
    for (const one of [method].flat()) known.push({ method: one, pattern });
  }
  app.addHook('onRoute', ({ method, url }) => know(method, url));
  for (const { method, url } of front?.routes ?? []) know(method, url);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = [
      ...new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ];
    const answer =
      allowed.length === 0
        ? problem('not_found')
        : problem('method_not_allowed', { headers: { allow: allowed.join(', ') } });
    return sendProblem(reply, answer, request.id);
  });

  acceptBodies(app, contract);

  async function authorize(spec: RouteSpec, request: FastifyRequest): Promise<AccessClaims | undefined> {
    if (spec.access === 'public') return undefined;
    if (spec.access === 'service') {
      if (!hasInternalKey(request.headers['x-internal-key'])) throw problem('forbidden');
      return undefined;
    }
    if (options.authenticate === undefined) throw new Error(`${contract.name} has no way to authenticate`);
    return options.authenticate(bearerToken(request.raw));
  }

  function addRoute(spec: RouteSpec, handler: Handler | undefined): void {
    async function handle(raw: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const caller = await authorize(spec, raw);
      if (handler === undefined) throw problem('not_implemented');
      // Another route of the service may take this type, so that a parser let it in.
      const type = raw.headers['content-type'];
      if (spec.bodyType !== undefined && type !== undefined && !type.toLowerCase().startsWith(spec.bodyType))
        throw problem('unsupported_media_type');
      const request = new RouteRequest(
        {
          caller,
          params: spec.params && parsePart('params', spec.params, raw.params),
          query: spec.query && parsePart('query', spec.query, raw.query),
          body: spec.body ? parsePart('body', spec.body, raw.body) : raw.body,
        },
        { raw, reply, log },
      );
      const answer = await handler(request as HandlerRequest);
      if (reply.sent || reply.raw.headersSent) return reply;
      // A handler may have chosen another success status (206, 304) before returning.
      if (reply.statusCode === 200) reply.code(spec.success.status);
      const { schema, contentType } = spec.success;
      if (schema !== undefined) return reply.send(readAnswer(spec, answer));
      if (contentType !== undefined && !reply.hasHeader('content-type')) reply.type(contentType);
      return reply.send(answer);
    }

    app.route({
      method: spec.method,
      url: spec.path,
      config: { upload: isUpload(spec) },
      ...(spec.maxBodyBytes === undefined ? {} : { bodyLimit: spec.maxBodyBytes }),
      handler: (request, reply) => runInScope(scopeOf(request), () => handle(request, reply)),
    });
  }

  const operational = operationalHandlers({ contract, dependencies: options.dependencies, metrics });
  for (const [name, spec] of Object.entries(operationalRoutes as Record<string, RouteSpec>))
    addRoute(spec, operational[name]);
  for (const [name, spec] of Object.entries(contract.routes)) {
    if (spec.access === 'user' && options.authenticate === undefined)
      throw new Error(`${contract.name}: route ${name} needs authenticate`);
    addRoute(spec, (options.handlers as Record<string, Handler | undefined>)[name]);
  }
  return app;
}

/** The scope of a request: what peers and spans need, wherever they are started. */
export function scopeOf(request: FastifyRequest): Scope {
  const header = request.headers.authorization;
  return {
    requestId: request.id,
    token: header?.startsWith('Bearer ') ? header.slice(7) : undefined,
    span: request.arrival.trace,
  };
}

/** Only what the contract declares leaves the service; an answer that breaks it is our fault, not the caller's. */
function readAnswer(spec: RouteSpec, answer: unknown): unknown {
  const parsed = spec.success.schema?.safeParse(answer);
  if (parsed?.success) return parsed.data;
  throw new Error(`The answer of ${spec.method} ${spec.path} breaks its contract: ${parsed?.error.message}`);
}
