import type { FastifyInstance } from 'fastify';
import { sagaService } from '../../contracts/saga-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Metrics } from '../../kit/observe/metrics.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { sagaHandlers } from './api/saga-handlers.ts';
import { templateHandlers } from './api/template-handlers.ts';
import type { Config } from './config.ts';
import type { Sagas } from './open-sagas.ts';
import { eraseSagas } from './store/erase-sagas.ts';

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

/** The saga service without a socket. It runs the sagas it starts; `sagas.start` makes it claim abandoned ones too. */
export function buildApp(deps: SagaServiceDeps): FastifyInstance {
  const { config, log, database, redis, sagas, metrics, dependencies, authenticate } = deps;
  const { engine, publish } = sagas;
  return buildService(sagaService, {
    config,
    log,
    dependencies,
    authenticate,
    idempotency: { database, schema: 'sagas' },
    ...(metrics === undefined ? {} : { metrics }),
    handlers: {
      ...sagaHandlers({ database, engine, publish }),
      ...templateHandlers({ engine, redis }),
      erase: async ({ body }) => ({
        erased: await eraseSagas({ database, redis: redis.client, engine }, body),
      }),
    },
  });
}
