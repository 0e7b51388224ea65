import type { FastifyInstance } from 'fastify';
import { sagaService } from '../contracts/saga-service.ts';
import type { Authenticate } from '../kit/access.ts';
import { buildService } from '../kit/build-service.ts';
import type { Database } from '../kit/database.ts';
import type { Dependency } from '../kit/dependency.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { RedisStore } from '../kit/redis.ts';
import type { Config } from './config.ts';
import type { Sagas } from './open-sagas.ts';
import { sagaHandlers } from './saga-handlers.ts';
import { templateHandlers } from './template-handlers.ts';

export interface SagaServiceDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  database: Database;
  redis: RedisStore;
  sagas: Sagas;
  metrics?: Metrics;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
}

/** The saga service without a socket. It runs what it is asked to; `sagas.start` makes it take over the rest. */
export function buildApp(deps: SagaServiceDeps): FastifyInstance {
  const { config, log, database, redis, sagas, metrics, dependencies, authenticate } = deps;
  const { engine, publish } = sagas;
  return buildService(sagaService, {
    config,
    log,
    dependencies,
    authenticate,
    ...(metrics === undefined ? {} : { metrics }),
    handlers: {
      ...sagaHandlers({ database, engine, publish }),
      ...templateHandlers({ engine, redis }),
    },
  });
}
