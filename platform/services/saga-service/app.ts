import type { FastifyInstance } from 'fastify';
import { sagaService } from '../../contracts/saga-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { tenantOf } from '../../kit/auth/tenant-of.ts';
import { exportLines } from '../../kit/erasure/export-rows.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Metrics } from '../../kit/observe/metrics.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { countContents } from '../../kit/rights/count-contents.ts';
import { findUsedGrants } from '../../kit/rights/find-used-grants.ts';
import { rememberWorkspace } from '../../kit/rights/remember-workspace.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { sagaHandlers } from './api/saga-handlers.ts';
import { templateHandlers } from './api/template-handlers.ts';
import type { Config } from './config.ts';
import type { Sagas } from './open-sagas.ts';
import { eraseSagas } from './store/erase-sagas.ts';
import { exportedTables } from './store/exported-tables.ts';
import { findWorkspace } from './store/read-sagas.ts';

export interface SagaServiceDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  database: Database;
  redis: RedisStore;
  sagas: Sagas;
  metrics?: Metrics;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  authorities: Authorities;
}

/** The saga service without a socket. `sagas.start` makes it run sagas. */
export function buildApp(deps: SagaServiceDeps): FastifyInstance {
  const { config, log, database, redis, sagas, metrics, dependencies, authenticate, authorities } = deps;
  const { engine, publish, durable } = sagas;
  return buildService(sagaService, {
    config,
    log,
    dependencies,
    authenticate,
    idempotency: { database, schema: 'sagas' },
    rights: {
      authorities,
      workspaceOf: {
        saga: rememberWorkspace((caller, id) => findWorkspace(database, tenantOf(caller), id)),
      },
    },
    ...(metrics === undefined ? {} : { metrics }),
    handlers: {
      ...sagaHandlers({ database, engine, publish }),
      ...templateHandlers({ engine, redis }),
      grantsInUse: findUsedGrants(
        database,
        `select grant_id from sagas.sagas
         where grant_id = any($1) and status in ('pending', 'running', 'compensating')`,
      ),
      workspaceContents: countContents(database, {
        sagas: `select from sagas.sagas where workspace_id = $1 and status in ('pending', 'running', 'compensating')`,
      }),
      exportData: async ({ body }) => exportLines(database, exportedTables, body),
      erase: async ({ body }) => ({
        erased: await eraseSagas({ database, redis: redis.client, durable }, body),
      }),
    },
  });
}
