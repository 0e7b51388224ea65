import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { gateway } from '../../contracts/gateway/contract.ts';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { scopesOfTools } from '../../contracts/mcp-server/tool-scopes.ts';
import type { ServiceName } from '../../contracts/service.ts';
import { TokenScope } from '../../contracts/token-scope.ts';
import { type Authenticate, createInternalKeyCheck } from '../../kit/auth/access.ts';
import { describeResource, publicOrigin } from '../../kit/auth/protected-resource.ts';
import { assertScope } from '../../kit/auth/token-scope.ts';
import { isEnvelope, toAirtableError } from '../../kit/http/airtable-error.ts';
import type { PaceOptions } from '../../kit/http/body-pace.ts';
import { edgeClientAddress } from '../../kit/http/client-address.ts';
import type { HandlerRequest } from '../../kit/http/handler.ts';
import { maxHeadBytes } from '../../kit/http/url-length.ts';
import type { Log } from '../../kit/observe/log.ts';
import { formatTraceparent } from '../../kit/observe/trace-context.ts';
import type { OpenApiDocument } from '../../kit/openapi/openapi.ts';
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
import { createPersonalTokens, exchangeAt } from './routing/personal-tokens.ts';
import { createRequestPolicy } from './routing/request-policy.ts';
import { routeTable } from './routing/route-table.ts';
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

/** WebSockets carry events of every service, so no scope fits them: personal access tokens are rejected. */
function sessionsOnly(authenticate: Authenticate): Authenticate {
  return async (token) => {
    const claims = await authenticate(token);
    assertScope({}, claims);
    return claims;
  };
}

/** Builds the gateway; it does not listen. */
export function buildApp(deps: GatewayDeps): FastifyInstance {
  const { config, log, authenticate } = deps;
  const cors = createCors(config.CORS_ORIGINS);
  const rules = limitRules(config);
  const routes = routeTable(config.BODY_LIMIT_BYTES);
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
  const sockets = createSocketServer({
    subscriber: deps.subscriber,
    authenticate: sessionsOnly(authenticate),
    isAllowedOrigin: cors.isAllowed,
    log,
  });
  const upstreams = createUpstreams(
    deps,
    routes.map(({ service }) => service),
    (service, state) => sockets.broadcast('system_status', { service, circuit: state }),
  );
  const policy = createRequestPolicy({
    authenticate,
    personalTokens: createPersonalTokens({
      request: exchangeAt(config.PLATFORM_SERVICES_URL, config.INTERNAL_API_KEY),
      authenticate,
      now: () => performance.now(),
    }),
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
    },
  });
  app.get('/api/v1/health', health);
  app.get('/api/v1/openapi.json', describe);

  app.addHook('onRequest', async (request, reply) => {
    const headers = policy.responseHeaders(request.raw);
    for (let index = 0; index < headers.length; index += 2)
      reply.header(headers[index] as string, headers[index + 1]);
    if (cors.respondToPreflight(request, reply)) return reply;
    await policy.admit({ access: 'public' }, request.raw, headers);
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
