import type { FastifyInstance } from 'fastify';
import { automationServices } from '../../contracts/automation-services/contract.ts';
import { fileService } from '../../contracts/file-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { createDelegatedTokens, createMint } from '../../kit/auth/delegated-tokens.ts';
import type { Durable } from '../../kit/durable/durable.ts';
import type { Engine } from '../../kit/durable/engine.ts';
import { openDurable } from '../../kit/durable/open-durable.ts';
import type { PublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Metrics } from '../../kit/observe/metrics.ts';
import { createClient } from '../../kit/peers/client.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Clock } from '../../kit/service/clock.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { RecurringWork } from '../../kit/service/recurring-work.ts';
import { createWorkflowGrants } from './authority/workflow-grants.ts';
import type { Config } from './config.ts';
import { executionWorkflowName } from './executions/execution-run.ts';
import { executionWorkflow, failForDefect } from './executions/run-execution.ts';
import { createScheduler } from './schedules/scheduler.ts';
import { serviceHandlers } from './service-calls/service-handlers.ts';
import { createStepKinds } from './steps/step-kinds.ts';
import { templateHandlers } from './templates/template-handlers.ts';
import { webhookHandlers } from './webhooks/webhook-handlers.ts';
import { createWebhookKeys } from './webhooks/webhook-keys.ts';
import { createRecordWatches } from './workflows/record-watches.ts';
import { workflowHandlers } from './workflows/workflow-handlers.ts';
import { workspacesOf } from './workflows/workspaces-of.ts';

/** Maximum number of executions that one process runs at the same time, and of one tenant; others wait. */
const concurrency = { all: 100, perTenant: 10 } as const;

export interface AutomationServicesDeps {
  config: Pick<
    Config,
    | 'DATABASE_URL'
    | 'INTERNAL_API_KEY'
    | 'GATEWAY_URL'
    | 'AIRTABLE_GATEWAY_URL'
    | 'LLM_ORCHESTRATOR_URL'
    | 'FILE_SERVICE_URL'
    | 'PLATFORM_SERVICES_URL'
    | 'SCHEDULER_INTERVAL_MS'
  >;
  log: Log;
  database: Database;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  authorities: Authorities;
  clock: Clock;
  publishLive: PublishLiveEvent;
  metrics?: Metrics;
  /** For several replicas in one process, as tests need them. */
  loadEngine?: () => Promise<Engine>;
}

export interface AutomationServices {
  app: FastifyInstance;
  durable: Durable;
  scheduler: RecurringWork;
}

/** The service without a socket. It runs executions and due schedules from when it listens until it is closed. */
export function buildApp(deps: AutomationServicesDeps): FastifyInstance {
  const { app, durable, scheduler } = buildAutomation(deps);
  app.server.once('listening', () => {
    durable.launch();
    scheduler.start();
  });
  return app;
}

/** The service with its parts, which close with the app. */
export function buildAutomation(deps: AutomationServicesDeps): AutomationServices {
  const { config, log, database, authenticate, authorities, clock, publishLive } = deps;
  const platform = { baseUrl: config.PLATFORM_SERVICES_URL, internalKey: config.INTERNAL_API_KEY };
  const grants = createWorkflowGrants({ ...platform, log });
  const tokens = createDelegatedTokens(createMint({ ...platform, actor: 'automation-services' }), () =>
    clock.now().getTime(),
  );
  const kinds = createStepKinds({
    database,
    clock,
    publishLive,
    airtableGatewayUrl: config.AIRTABLE_GATEWAY_URL,
    llmOrchestratorUrl: config.LLM_ORCHESTRATOR_URL,
    fileServiceUrl: config.FILE_SERVICE_URL,
    platform,
    platformOrigins: [new URL(config.GATEWAY_URL).origin],
  });
  const watches = createRecordWatches({
    database,
    log,
    baseUrl: config.AIRTABLE_GATEWAY_URL,
    internalKey: config.INTERNAL_API_KEY,
  });
  const runs = { database, clock, kinds, log, tokens, grants, publishLive, watches };
  const durable = openDurable({
    databaseUrl: config.DATABASE_URL,
    schema: 'automation_runs',
    service: automationServices.name,
    log,
    clock,
    concurrency: concurrency.all,
    perTenant: concurrency.perTenant,
    workflows: { [executionWorkflowName]: executionWorkflow(runs) },
    onDefect: (_workflow, ids) => failForDefect(runs, ids),
    ...(deps.loadEngine && { load: deps.loadEngine }),
  });
  const keys = createWebhookKeys({ internalKey: config.INTERNAL_API_KEY, log });
  const files = createClient(fileService, { baseUrl: config.FILE_SERVICE_URL });
  const parts = {
    database,
    clock,
    kinds,
    durable,
    grants,
    watches,
    files,
    authenticate,
    authorities,
    publishLive,
  };
  const app = buildService(automationServices, {
    config,
    log,
    dependencies: [...deps.dependencies, durable.dependency],
    authenticate,
    ...(deps.metrics && { metrics: deps.metrics }),
    rights: { authorities, workspaceOf: workspacesOf(database) },
    idempotency: { database, schema: 'automation' },
    handlers: {
      ...workflowHandlers(parts),
      ...webhookHandlers({ ...parts, keys }),
      ...templateHandlers(parts),
      ...serviceHandlers(parts),
    },
  });
  const scheduler = createScheduler(
    { database, clock, durable, log },
    { intervalMs: config.SCHEDULER_INTERVAL_MS },
  );
  app.addHook('onClose', async () => {
    await scheduler.close();
    await durable.close();
    await watches.idle();
  });
  return { app, durable, scheduler };
}
