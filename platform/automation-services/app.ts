import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { automationServices } from '../contracts/automation-services.ts';
import { fileService } from '../contracts/file-service.ts';
import type { Authenticate } from '../kit/access.ts';
import { buildService } from '../kit/build-service.ts';
import { createClient } from '../kit/client.ts';
import type { Database } from '../kit/database.ts';
import type { Dependency } from '../kit/dependency.ts';
import type { Log } from '../kit/log.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createRunner } from './runner.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';
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

/** The service without a socket. It looks for due schedules from when it is ready until it is closed. */
export function buildApp(deps: AutomationServicesDeps): FastifyInstance {
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
  let scheduler: Scheduler | undefined;
  app.addHook('onReady', async () => {
    scheduler = startScheduler(
      { database, clock, runner, log },
      { intervalMs: config.SCHEDULER_INTERVAL_MS },
    );
  });
  app.addHook('onClose', async () => {
    await scheduler?.close();
    await runner.close();
  });
  return app;
}
