import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { automationServices } from '../../contracts/automation-services/contract.ts';
import { fileService } from '../../contracts/file-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import type { Log } from '../../kit/observe/log.ts';
import { createClient } from '../../kit/peers/client.ts';
import type { Database } from '../../kit/postgres/database.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Clock } from '../../kit/service/clock.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { RecurringWork } from '../../kit/service/recurring-work.ts';
import type { Config } from './config.ts';
import { createRunner, type Runner } from './executions/runner.ts';
import { createScheduler } from './schedules/scheduler.ts';
import { serviceHandlers } from './service-calls/service-handlers.ts';
import { createStepKinds } from './steps/step-kinds.ts';
import { templateHandlers } from './templates/template-handlers.ts';
import { workflowHandlers } from './workflows/workflow-handlers.ts';

export interface AutomationServicesDeps {
  config: Pick<
    Config,
    'INTERNAL_API_KEY' | 'GATEWAY_URL' | 'AIRTABLE_GATEWAY_URL' | 'FILE_SERVICE_URL' | 'SCHEDULER_INTERVAL_MS'
  >;
  log: Log;
  database: Database;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  clock: Clock;
}

export interface AutomationServices {
  app: FastifyInstance;
  runner: Runner;
  scheduler: RecurringWork;
}

/** The service without a socket. It runs due schedules from when it is ready until it is closed. */
export function buildApp(deps: AutomationServicesDeps): FastifyInstance {
  return buildAutomation(deps).app;
}

/** The service with its runner and scheduler, which close with the app. */
export function buildAutomation(deps: AutomationServicesDeps): AutomationServices {
  const { config, log, database, dependencies, authenticate, clock } = deps;
  const kinds = createStepKinds({
    database,
    clock,
    airtableGatewayUrl: config.AIRTABLE_GATEWAY_URL,
    fileServiceUrl: config.FILE_SERVICE_URL,
    platformOrigins: [new URL(config.GATEWAY_URL).origin],
  });
  const runner = createRunner({ database, clock, kinds, log }, { worker: randomUUID() });
  const files = createClient(fileService, { baseUrl: config.FILE_SERVICE_URL });
  const parts = { database, clock, kinds, runner, files, authenticate };
  const app = buildService(automationServices, {
    config,
    log,
    dependencies,
    authenticate,
    idempotency: { database, schema: 'automation' },
    handlers: { ...workflowHandlers(parts), ...templateHandlers(parts), ...serviceHandlers(parts) },
  });
  const scheduler = createScheduler(
    { database, clock, runner, log },
    { intervalMs: config.SCHEDULER_INTERVAL_MS },
  );
  app.addHook('onReady', async () => scheduler.start());
  app.addHook('onClose', async () => {
    await scheduler.close();
    await runner.close();
  });
  return { app, runner, scheduler };
}
