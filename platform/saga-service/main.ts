import { sagaService } from '../contracts/saga-service.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { systemClock } from '../kit/clock.ts';
import { openDatabase } from '../kit/database.ts';
import { createMetrics } from '../kit/metrics.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { createStepCaller } from './call-step.ts';
import { configSchema } from './config.ts';
import { createSagaMetrics } from './metrics.ts';
import { openSagas } from './open-sagas.ts';

await runService({
  contract: sagaService,
  configSchema,
  start({ config, log, onClose }) {
    const database = openDatabase({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, log });
    onClose(database.close);
    const redis = openRedis({ url: config.REDIS_URL, log });
    onClose(redis.close);
    const authentication = openAuthentication({
      config,
      keys: { platformServicesUrl: config.PLATFORM_SERVICES_URL },
      redis,
      log,
    });
    onClose(authentication.close);
    const metrics = createMetrics(sagaService.name);
    const sagas = openSagas({
      database,
      redis,
      callStep: createStepCaller({
        baseUrls: {
          'mcp-server': config.MCP_SERVER_URL,
          'airtable-gateway': config.AIRTABLE_GATEWAY_URL,
          'llm-orchestrator': config.LLM_ORCHESTRATOR_URL,
          'file-service': config.FILE_SERVICE_URL,
          'automation-services': config.AUTOMATION_SERVICES_URL,
          'platform-services': config.PLATFORM_SERVICES_URL,
          'user-service': config.USER_SERVICE_URL,
        },
        internalKey: config.INTERNAL_API_KEY,
      }),
      clock: systemClock,
      log,
      metrics: createSagaMetrics(metrics.registry),
      maxConcurrent: config.MAX_CONCURRENT_SAGAS,
      maxPerTenant: config.MAX_SAGAS_PER_TENANT,
    });
    onClose(sagas.close);
    const app = buildApp({
      config,
      log,
      database,
      redis,
      sagas,
      metrics,
      dependencies: [database.dependency, redis.dependency],
      authenticate: authentication.authenticate,
    });
    app.server.once('listening', sagas.start);
    return app;
  },
});
