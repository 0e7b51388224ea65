import { randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify } from 'fastify';
import { operationalRoutes } from '../../contracts/operational.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import type { Authenticate } from '../auth/access.ts';
import { sendProblem, toProblem } from '../http/answer-problem.ts';
import { createBodyPace, type PaceOptions, paceLimits } from '../http/body-pace.ts';
import { answerBrokenRequest } from '../http/broken-request.ts';
import { contractRoutes } from '../http/contract-routes.ts';
import { discardRest, isArriving } from '../http/discard-rest.ts';
import { type CreateFront, serverWithFront } from '../http/front.ts';
import type { Handler, Handlers } from '../http/handler.ts';
import { acceptBodies } from '../http/request-body.ts';
import { securityHeaders } from '../http/security-headers.ts';
import { answerUnknownPaths } from '../http/unknown-paths.ts';
import type { Log } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { type Arrival, createRequestObserver } from '../observe/request-observer.ts';
import type { BaseConfig } from './config.ts';
import type { Dependency } from './dependency.ts';
import { operationalHandlers } from './operational-handlers.ts';

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
const defaultBodyLimit = 1024 * 1024;
/** How often connections that have become idle are closed while the service closes, milliseconds. */
const sweepMs = 20;
const requestIdPattern = /^[A-Za-z0-9._-]{8,128}$/;

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

  answerUnknownPaths(app, front?.routes ?? []);
  acceptBodies(app, contract);

  const addRoute = contractRoutes(app, {
    internalKey: options.config.INTERNAL_API_KEY,
    authenticate: options.authenticate,
    log,
  });
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
