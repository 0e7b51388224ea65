import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { gateway } from '../../contracts/gateway/contract.ts';
import type { ServiceName } from '../../contracts/service.ts';
import { type Authenticate, createInternalKeyCheck } from '../../kit/auth/access.ts';
import type { PaceOptions } from '../../kit/http/body-pace.ts';
import type { OpenApiDocument } from '../../kit/http/openapi.ts';
import type { Log } from '../../kit/observe/log.ts';
import { formatTraceparent } from '../../kit/observe/trace-context.ts';
import { buildService } from '../../kit/service/build-service.ts';
import { peerVariable } from '../../kit/service/config.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Config } from './config.ts';
import { askPlatform } from './health/platform-health.ts';
import { limitRules } from './limits/limit-rules.ts';
import { createLocalLimitStore, createRedisLimitStore, withFallback } from './limits/limit-stores.ts';
import { createLimiter } from './limits/rate-limit.ts';
import { createCors } from './routing/cors.ts';
import { createFront } from './routing/front.ts';
import { assertUnambiguousPath } from './routing/path-guard.ts';
import { routeTable } from './routing/route-table.ts';
import { createSocketServer } from './sockets/socket-server.ts';
import type { BreakerState } from './upstream/circuit-breaker.ts';
import { createUpstream, type Upstream } from './upstream/upstream.ts';

export interface GatewayDeps {
  config: Config;
  log: Log;
  redis: Redis;
  /** A Redis connection for events to WebSocket clients. */
  subscriber: Redis;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  /** How slowly requests may arrive. */
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

/** The gateway without a socket. */
export function buildApp(deps: GatewayDeps): FastifyInstance {
  const { config, log } = deps;
  const now = () => performance.now();
  const cors = createCors(config.CORS_ORIGINS);
  const routes = routeTable({ defaultBodyBytes: config.BODY_LIMIT_BYTES });
  const sockets = createSocketServer({
    subscriber: deps.subscriber,
    authenticate: deps.authenticate,
    isAllowedOrigin: cors.isAllowed,
    log,
  });
  const upstreams = createUpstreams(
    deps,
    routes.map(({ service }) => service),
    (service, state) => sockets.broadcast('system_status', { service, circuit: state }),
  );
  let description: Promise<OpenApiDocument> | undefined;
  const health = (request: FastifyRequest) =>
    askPlatform(upstreams.values(), {
      'x-request-id': request.id,
      traceparent: formatTraceparent(request.arrival.trace),
    });
  // Loaded and made at the first request only.
  async function describe(): Promise<OpenApiDocument> {
    description ??= import('./routing/describe-platform.ts').then(({ describePlatform }) =>
      describePlatform(),
    );
    return description;
  }

  // Airtable's clients end some paths with a slash and put whole table names, encoded, into one segment.
  const paths = { ignoreTrailingSlash: true, maxParamLength: 255 * 9 };
  const limiter = createLimiter({
    store: withFallback({
      first: createRedisLimitStore(deps.redis),
      second: createLocalLimitStore({ now }),
      now,
      log,
    }),
    now,
  });
  const frontOptions = {
    routes,
    paths,
    upstreams,
    authenticate: deps.authenticate,
    limiter,
    rules: limitRules(config),
    cors,
    hasInternalKey: createInternalKeyCheck(config.INTERNAL_API_KEY),
  };
  const app = buildService(gateway, {
    config,
    log,
    dependencies: deps.dependencies,
    trustRequestId: false,
    paths,
    ...(deps.pace ? { pace: deps.pace } : {}),
    front: (tools) => createFront(frontOptions, tools),
    handlers: { platformHealth: ({ raw }) => health(raw), platformOpenapi: describe },
  });
  app.get('/api/v1/health', health);
  app.get('/api/v1/openapi.json', describe);

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-gateway', 'gateway');
    const { origin } = request.headers;
    if (origin !== undefined) {
      const headers = cors.headersFor(origin);
      for (let index = 0; index < headers.length; index += 2)
        reply.header(headers[index] as string, headers[index + 1]);
      if (cors.answerPreflight(request, reply)) return;
    }
    assertUnambiguousPath(request.raw.url ?? '');
    done();
  });

  sockets.attach(app.server);
  app.addHook('preClose', async () => sockets.close());
  app.addHook('onClose', async () => {
    // Requests in hand may still end; new ones are refused by then.
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
  });
  return app;
}
