import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { automationServices } from '../contracts/automation-services.ts';
import { fileService } from '../contracts/file-service.ts';
import type { Authenticate } from '../kit/access.ts';
import { buildService } from '../kit/build-service.ts';
import { createClient } from '../kit/client.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database.ts';
import type { Dependency } from '../kit/dependency.ts';
import type { Log } from '../kit/log.ts';
import type { Config } from './config.ts';
import { createRunner, type Runner } from './runner.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { serviceHandlers } from './service-handlers.ts';
import { createStepKinds } from './steps/step-kinds.ts';
import { templateHandlers } from './template-handlers.ts';
import { workflowHandlers } from './workflow-handlers.ts';

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
  scheduler: Scheduler;
}

/** The service without a socket. It looks for due schedules from when it is ready until it is closed. */
export function buildApp(deps: AutomationServicesDeps): FastifyInstance {
  return buildAutomation(deps).app;
}

/** The service with the parts that work in its background, which end with the app. */
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
