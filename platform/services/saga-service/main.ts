import { sagaService } from '../../contracts/saga-service/contract.ts';
import { createDelegatedTokens, createMint } from '../../kit/auth/delegated-tokens.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { createRowRetention } from '../../kit/retention/row-retention.ts';
import { systemClock } from '../../kit/service/clock.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { openSagas } from './open-sagas.ts';
import { createSagaGrants } from './run/saga-grants.ts';
import { createSagaMetrics } from './run/saga-metrics.ts';
import { createStepCaller } from './steps/call-step.ts';

void runService({
  contract: sagaService,
  configSchema,
  start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    const metrics = createMetrics(sagaService.name);
    const platform = { baseUrl: config.PLATFORM_SERVICES_URL, internalKey: config.INTERNAL_API_KEY };
    const sagas = openSagas({
      database,
      databaseUrl: config.DATABASE_URL,
      redis,
      grants: createSagaGrants(platform),
      internalKey: config.INTERNAL_API_KEY,
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
        tokens: createDelegatedTokens(createMint({ ...platform, actor: 'saga-service' })),
      }),
      clock: systemClock,
      log,
      metrics: createSagaMetrics(metrics.registry),
      maxConcurrent: config.MAX_CONCURRENT_SAGAS,
      maxPerTenant: config.MAX_SAGAS_PER_TENANT,
    });
    onClose(sagas.close);
    const retention = createRowRetention({
      database,
      schema: 'sagas',
      keepDays: { sagas: config.SAGA_RETENTION_DAYS },
      registry: metrics.registry,
      log,
    });
    onClose(retention.close);
    const app = buildApp({
      config,
      log,
      database,
      redis,
      sagas,
      metrics,
      dependencies: [database.dependency, redis.dependency, sagas.durable.dependency],
      authenticate,
      authorities,
    });
    app.server.once('listening', () => {
      sagas.start();
      retention.start();
    });
    return app;
  },
});
