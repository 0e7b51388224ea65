import { randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify } from 'fastify';
import { operationalRoutes } from '../../contracts/operational.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import type { Authenticate } from '../auth/access.ts';
import type { PublicOrigin } from '../auth/protected-resource.ts';
import { createBodyPace, type PaceOptions, paceLimits } from '../http/body-pace.ts';
import { rejectBrokenRequest } from '../http/broken-request.ts';
import { type Authorize, type ContentOf, contractRoutes } from '../http/contract-routes.ts';
import { discardRest, isArriving } from '../http/discard-rest.ts';
import { type CreateFastPath, serverWithFastPath } from '../http/fast-path.ts';
import type { Handler, Handlers } from '../http/handler.ts';
import { sendProblem, toProblem } from '../http/problem-response.ts';
import { acceptBodies } from '../http/request-body.ts';
import { originForm } from '../http/request-target.ts';
import { securityHeaders } from '../http/security-headers.ts';
import { rejectUnknownPaths } from '../http/unknown-paths.ts';
import { assertUrlLength, maxHeadBytes } from '../http/url-length.ts';
import { createKeyedRequests } from '../idempotency/keyed-requests.ts';
import type { Log } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { createRequestObserver, type ObservedRequest } from '../observe/request-observer.ts';
import type { Database } from '../postgres/database.ts';
import { assertJudgeable, type RightsOptions } from '../rights/rights-guard.ts';
import { type BaseConfig, type DatabaseConfig, defaultKeptHours } from './config.ts';
import type { Dependency } from './dependency.ts';
import { operationalHandlers } from './operational-handlers.ts';
import { createRecurringWork } from './recurring-work.ts';

export interface ServiceOptions<C extends ServiceContract> {
  config: Pick<BaseConfig, 'INTERNAL_API_KEY'> & Partial<Pick<DatabaseConfig, 'IDEMPOTENCY_HOURS'>>;
  log: Log;
  dependencies: readonly Dependency[];
  handlers: Handlers<C>;
  /** Required if any route has access `user`. */
  authenticate?: Authenticate;
  /** Required if any route needs rights other than `self`. */
  rights?: RightsOptions;
  /** Where idempotency keys are stored. Required to honour them. */
  idempotency?: {
    database: Database;
    /** Schema of the service's tables. */
    schema: string;
    /** Whether changes have their effect outside of the database, so that every key is claimed before the work. */
    isOutside?: boolean;
    /** Readers of routes whose body is a stream, by name. */
    contentOf?: Readonly<Partial<Record<keyof C['routes'], ContentOf>>>;
  };
  /** Limits of a token beyond the scope that a route declares. */
  authorize?: Authorize;
  metrics?: Metrics;
  /** Looser path matching, for third-party clients. */
  paths?: { ignoreTrailingSlash?: boolean; maxParamLength?: number };
  /** Whether to trust the caller's `x-request-id`. The gateway generates its own. Default true. */
  trustRequestId?: boolean;
  /** Names the origin in the challenges of routes with resource metadata. */
  publicOrigin?: PublicOrigin;
  /** Handles some requests ahead of Fastify. */
  fastPath?: CreateFastPath;
  /** Ends connections that are no requests. Called when the service begins to close. */
  onClosing?: () => void;
  /** How slowly requests may arrive. */
  pace?: PaceOptions;
  /** Maximum size of a request's head, bytes. Default `maxHeadBytes.service`. */
  maxHeadBytes?: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body may take any time above the minimum rate. Routes of a contract set this themselves. */
    upload?: boolean;
    /** Whether the text of a JSON body is kept. Routes of a contract set this themselves. */
    keepsText?: boolean;
  }
  interface FastifyRequest {
    arrival: ObservedRequest;
    bodyText: string | undefined;
  }
}

/** Default maximum size of a request body, bytes. */
const defaultBodyLimit = 1024 * 1024;
/** Interval at which idle connections are closed while the service closes, milliseconds. */
const sweepMs = 20;
/** Interval of deleting expired idempotency keys, milliseconds. */
const keySweepMs = 600_000;
const requestIdPattern = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * Creates the Fastify instance of a service from its contract. Every route is validated, guarded, traced and counted,
 * and responds through its schema. The instance has the operational routes and the common error envelope. It does not
 * listen. Further routes may be added before it is ready.
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
  const fastPath = options.fastPath?.({ observer, bodyPace });
  let closing = false;

  const http = {
    headersTimeout: headMs,
    connectionsCheckingInterval: headMs / 3,
    maxHeaderSize: options.maxHeadBytes ?? maxHeadBytes.service,
    // Creates no stream for a request without a body.
    optimizeEmptyRequests: true,
  };
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: defaultBodyLimit,
    http,
    // It would include the body, which `bodyPace` limits.
    requestTimeout: 0,
    // It would also limit the end, and crash a service that still closes thousands of connections. `runService` limits it.
    pluginTimeout: 0,
    forceCloseConnections: 'idle',
    // A request that was accepted before the end gets its response; the connection is closed after it.
    return503OnClosing: false,
    requestIdHeader: false,
    // Served like the path without the slash: a 405 would list the very method that was used.
    routerOptions: { ignoreTrailingSlash: true, ...options.paths },
    rewriteUrl: ({ url }) => originForm(url as string),
    genReqId(request) {
      const given = request.headers['x-request-id'];
      return trustRequestId && typeof given === 'string' && requestIdPattern.test(given)
        ? given
        : randomUUID();
    },
    frameworkErrors(error, request, reply) {
      // No hook runs for what the router itself rejects.
      reply.headers({ ...securityHeaders, 'x-request-id': request.id, 'x-served-by': contract.name });
      sendProblem(reply, toProblem(error), request.id);
    },
    clientErrorHandler: rejectBrokenRequest,
    ...(fastPath && { serverFactory: serverWithFastPath(fastPath, () => closing) }),
  });

  app.decorateRequest('arrival');
  app.decorateRequest('bodyText');
  app.addHook('onRequest', (request, reply, done) => {
    request.arrival = observer.started({
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
    if (request.raw.url !== undefined) assertUrlLength(request.raw.url);
    done();
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isArriving(request.raw)) {
      // Fastify and handlers close the connection when they reject a body. Here it is closed after the rest is read.
      reply.removeHeader('connection');
      discardRest(request.raw, reply.raw);
    }
    done();
  });

  app.addHook('onResponse', (request, reply, done) => {
    bodyPace.forget(request.raw);
    observer.completed(request.arrival, reply.statusCode);
    done();
  });

  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.code !== 'not_implemented')
      observer.failed(request.arrival, problem.cause ?? problem);
    return sendProblem(reply, problem, request.id);
  });

  // A connection that is busy when closing begins would stay open after its response and keep the process alive.
  let sweeping: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    closing = true;
    options.onClosing?.();
    sweeping = setInterval(() => app.server.closeIdleConnections(), sweepMs);
    // Fastify does not close a server that it has not created. Until it is closed, clients would still connect.
    await new Promise((resolve) => app.server.close(resolve));
  });
  app.addHook('onClose', async () => {
    clearInterval(sweeping);
    bodyPace.close();
  });

  rejectUnknownPaths(app, fastPath?.routes ?? []);
  acceptBodies(app, contract);

  const keyed =
    options.idempotency &&
    createKeyedRequests({
      ...options.idempotency,
      secret: options.config.INTERNAL_API_KEY,
      keptHours: options.config.IDEMPOTENCY_HOURS ?? defaultKeptHours,
    });
  if (keyed !== undefined) {
    const sweeper = createRecurringWork({
      name: 'deleting expired idempotency keys',
      work: keyed.sweep,
      log,
      everyMs: keySweepMs,
    });
    app.server.once('listening', sweeper.start);
    app.addHook('onClose', sweeper.close);
  }
  const addRoute = contractRoutes(app, {
    internalKey: options.config.INTERNAL_API_KEY,
    authenticate: options.authenticate,
    authorize: options.authorize,
    rights: options.rights,
    log,
    publicOrigin: options.publicOrigin,
    keyed,
  });
  const operational = operationalHandlers({ contract, dependencies: options.dependencies, metrics });
  for (const [name, spec] of Object.entries(operationalRoutes as Record<string, RouteSpec>))
    addRoute(spec, operational[name]);
  for (const [name, spec] of Object.entries(contract.routes)) {
    if (spec.access === 'user' && options.authenticate === undefined)
      throw new Error(`${contract.name}: route ${name} needs authenticate`);
    assertJudgeable(contract.name, name, spec, options.rights);
    const readers = options.idempotency?.contentOf as Record<string, ContentOf | undefined> | undefined;
    addRoute(spec, (options.handlers as Record<string, Handler | undefined>)[name], readers?.[name]);
  }
  return app;
}
