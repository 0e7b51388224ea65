import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { gateway } from '../../contracts/gateway/contract.ts';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { scopesOfTools } from '../../contracts/mcp-server/tool-scopes.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceName } from '../../contracts/service.ts';
import { TokenScope } from '../../contracts/token-scope.ts';
import { type Authenticate, createInternalKeyCheck } from '../../kit/auth/access.ts';
import { describeResource, publicOrigin } from '../../kit/auth/protected-resource.ts';
import { isEnvelope, toAirtableError } from '../../kit/http/airtable-error.ts';
import type { PaceOptions } from '../../kit/http/body-pace.ts';
import { edgeClientAddress } from '../../kit/http/client-address.ts';
import type { HandlerRequest } from '../../kit/http/handler.ts';
import { maxHeadBytes } from '../../kit/http/url-length.ts';
import type { Log } from '../../kit/observe/log.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import { formatTraceparent } from '../../kit/observe/trace-context.ts';
import type { OpenApiDocument } from '../../kit/openapi/openapi.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { buildService } from '../../kit/service/build-service.ts';
import { peerVariable } from '../../kit/service/config.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Config } from './config.ts';
import { checkPlatform } from './health/platform-health.ts';
import { createBaseLimit } from './limits/base-limit.ts';
import { limitRules } from './limits/limit-rules.ts';
import { createLocalLimitStore, createRedisLimitStore, withFallback } from './limits/limit-stores.ts';
import { createLimiter, type Limiter } from './limits/rate-limit.ts';
import { createCors } from './routing/cors.ts';
import { createFastPath } from './routing/fast-path.ts';
import { createPersonalTokens, exchangeAt, isPersonalToken } from './routing/personal-tokens.ts';
import { createRequestPolicy } from './routing/request-policy.ts';
import { routeTable } from './routing/route-table.ts';
import { usualSockets } from './sockets/file-handles.ts';
import type { SocketLimits } from './sockets/socket-connection.ts';
import { socketHandlers } from './sockets/socket-handlers.ts';
import { createSocketServer } from './sockets/socket-server.ts';
import type { BreakerState } from './upstream/circuit-breaker.ts';
import { createUpstream, type Upstream } from './upstream/upstream.ts';

export interface GatewayDeps {
  config: Config;
  log: Log;
  redis: Redis;
  /** A Redis connection of its own for events to WebSocket clients. */
  subscriber: Redis;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  /** Whether a session has ended. Never waits. */
  isRevoked(sessionId: string): boolean;
  authorities: Authorities;
  /** Maximum number of WebSocket connections of this process; by default that of the configuration. */
  socketsPerProcess?: number;
  /** Limits of WebSocket connections that differ from the defaults. */
  socketLimits?: Partial<SocketLimits>;
  /** Minimum speed at which request bodies must arrive. */
  pace?: PaceOptions;
}

function createUpstreams(
  { config, log }: GatewayDeps,
  names: Iterable<ServiceName>,
  onChange: (name: ServiceName, state: BreakerState) => void,
): Map<ServiceName, Upstream> {
  const urls = config as unknown as Record<string, string>;
  return new Map(
    [...new Set(names)].map((name) => [
      name,
      createUpstream({
        name,
        baseUrl: urls[peerVariable(name)] as string,
        connections: config.UPSTREAM_CONNECTIONS,
        breakerFailures: config.BREAKER_FAILURES,
        breakerOpenMs: config.BREAKER_OPEN_MS,
        log,
        onChange,
      }),
    ]),
  );
}

function createSharedLimiter({ redis, log }: GatewayDeps): Limiter {
  const now = () => performance.now();
  const store = withFallback({
    first: createRedisLimitStore(redis),
    second: createLocalLimitStore({ now }),
    now,
    log,
  });
  return createLimiter({ store, now });
}

/** Paths of Airtable's API; its clients read errors in Airtable's format only. */
const airtableApi = /^\/api\/(?:v1\/)?airtable\/v0(?:[/?]|$)/;

/** The gateway's own routes that need a token, and whose requests count for its user. */
const userRoutes: ReadonlySet<string | undefined> = new Set(
  Object.values<RouteSpec>(gateway.routes).flatMap(({ access, path }) => (access === 'user' ? [path] : [])),
);

/** Builds the gateway; it does not listen. */
export function buildApp(deps: GatewayDeps): FastifyInstance {
  const { config, log, authenticate } = deps;
  const cors = createCors(config.CORS_ORIGINS);
  const rules = limitRules(config);
  const routes = routeTable({
    bodyBytes: config.BODY_LIMIT_BYTES,
    timeoutMs: config.UPSTREAM_TIMEOUT_MS,
  });
  const originOf = publicOrigin(config.PUBLIC_URL);
  const metadataOf =
    (path: string, name: string, scopes: readonly TokenScope[]) =>
    async ({ raw, reply }: Pick<HandlerRequest, 'raw' | 'reply'>) =>
      describeResource(originOf(raw.raw), {
        path,
        name,
        scopes,
        documentation: '/api/openapi.json',
        reply,
      });
  const personalTokens = createPersonalTokens({
    request: exchangeAt(config.PLATFORM_SERVICES_URL, config.INTERNAL_API_KEY),
    authenticate,
    now: () => performance.now(),
  });
  const anyToken: Authenticate = async (token) =>
    isPersonalToken(token) ? (await personalTokens.exchange(token)).claims : authenticate(token);
  const metrics = createMetrics(gateway.name);
  const sockets = createSocketServer({
    redis: deps.redis,
    subscriber: deps.subscriber,
    authenticate: anyToken,
    isRevoked: deps.isRevoked,
    authorities: deps.authorities,
    isAllowedOrigin: cors.isAllowed,
    registry: metrics.registry,
    log,
    capacity: {
      process: deps.socketsPerProcess ?? config.SOCKETS_PER_PROCESS ?? usualSockets,
      tenant: config.SOCKETS_PER_TENANT,
      user: config.SOCKETS_PER_USER,
    },
    ...(deps.socketLimits ? { limits: deps.socketLimits } : {}),
  });
  const upstreams = createUpstreams(
    deps,
    routes.map(({ service }) => service),
    (service, state) => sockets.broadcastStatus({ service, circuit: state }),
  );
  const policy = createRequestPolicy({
    authenticate,
    personalTokens,
    limiter: createSharedLimiter(deps),
    userRule: rules.byUser,
    baseLimit: createBaseLimit({
      redis: deps.redis,
      log,
      ...config.RATE_LIMIT_BASE,
      maxWaitMs: config.RATE_LIMIT_BASE_WAIT_MS,
      penaltyMs: config.RATE_LIMIT_BASE_PENALTY_SECONDS * 1000,
    }),
    exemptAddresses: config.RATE_LIMIT_EXEMPT_ADDRESSES,
    cors,
    addressOf: edgeClientAddress({
      hasInternalKey: createInternalKeyCheck(config.INTERNAL_API_KEY),
      trustedProxies: config.TRUSTED_PROXIES,
    }),
  });
  const health = (request: FastifyRequest) =>
    checkPlatform(upstreams.values(), {
      'x-request-id': request.id,
      traceparent: formatTraceparent(request.arrival.trace),
    });
  let description: Promise<OpenApiDocument> | undefined;
  // Loaded at the first request: the gateway does not need it to start.
  async function describe(): Promise<OpenApiDocument> {
    description ??= import('./routing/describe-platform.ts').then(({ describePlatform }) =>
      describePlatform(),
    );
    return description;
  }

  // Airtable's clients end some paths with a slash and put whole table names, encoded, into one segment.
  const paths = { ignoreTrailingSlash: true, maxParamLength: 255 * 9 };
  const app = buildService(gateway, {
    config,
    log,
    dependencies: deps.dependencies,
    authenticate: anyToken,
    metrics,
    trustRequestId: false,
    maxHeadBytes: maxHeadBytes.gateway,
    paths,
    ...(deps.pace ? { pace: deps.pace } : {}),
    onClosing: () => sockets.close(),
    fastPath: (tools) =>
      createFastPath({ table: routes, paths, upstreams, policy, rules, publicOrigin: originOf }, tools),
    handlers: {
      platformHealth: ({ raw }) => health(raw),
      platformOpenapi: describe,
      platformMetadata: metadataOf('', 'PyAirtable', TokenScope.options),
      mcpMetadata: metadataOf('/api/mcp', mcpServer.title, scopesOfTools),
      mcpMetadataV1: metadataOf('/api/v1/mcp', mcpServer.title, scopesOfTools),
      ...socketHandlers(sockets, deps.authorities),
    },
  });
  app.get('/api/v1/health', health);
  app.get('/api/v1/openapi.json', describe);

  app.addHook('onRequest', async (request, reply) => {
    const headers = policy.responseHeaders(request.raw);
    for (let index = 0; index < headers.length; index += 2)
      reply.header(headers[index] as string, headers[index + 1]);
    if (cors.respondToPreflight(request, reply)) return reply;
    const access = userRoutes.has(request.routeOptions.url) ? 'user' : 'public';
    await policy.admit({ access }, request.raw, headers);
    return undefined;
  });

  // Paths below Airtable's API that no route matches.
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const translate = reply.statusCode >= 400 && airtableApi.test(request.url) && isEnvelope(payload);
    done(null, translate ? toAirtableError(payload) : payload);
  });

  sockets.attach(app.server);
  app.addHook('onClose', async () => {
    // By now no request is running.
    await Promise.all([...upstreams.values()].map(({ pool }) => pool.close()));
  });
  return app;
}
