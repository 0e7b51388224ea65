/** Checks that declare no break yet. The list may only shrink: who adds a break removes the line. */
export const checksWithoutBreak: readonly string[] = [
  // api/idempotency/idempotency-checks.ts
  'api.idempotency.repetitions-have-one-effect',

  // api/trace-checks.ts
  'api.traces.gateway-to-database-is-one-tree',

  // api/websocket/flow-event-checks.ts
  'api.websocket.flow-events-reach-members',

  // api/websocket/websocket-checks.ts
  'api.websocket.chat-reaches-only-its-user',
  'api.websocket.events-reach-the-right-users',
  'api.websocket.stats-count-own-connections',
  'api.websocket.ticket-works-once',

  // frontend/account-checks.ts
  'frontend.dashboard-ends-sessions',

  // frontend/new-user-checks.ts
  'frontend.new-user-journey',

  // frontend/page-checks.ts
  'frontend.dashboard-needs-session',
  'frontend.health',
  'frontend.pages-render',

  // frontend/sign-in-checks.ts
  'frontend.register-creates-account',
  'frontend.sign-in-leads-to-dashboard',
  'frontend.wrong-password-shows-alert',

  // infrastructure/failover-checks.ts
  'infrastructure.availability.postgres-failover-loses-nothing',

  // infrastructure/flows/flow-checks.ts
  'infrastructure.restart.flows-survive-a-kill',

  // infrastructure/image-checks.ts
  'infrastructure.images.context-complete',

  // infrastructure/log-checks.ts
  'infrastructure.logs.structured-with-trace-ids',

  // infrastructure/monitoring-checks.ts
  'infrastructure.monitoring.alert-fires-and-clears',
  'infrastructure.monitoring.dashboards-have-data',
  'infrastructure.monitoring.rules-loaded',
  'infrastructure.monitoring.targets-up',

  // infrastructure/postgres-checks.ts
  'infrastructure.postgres.connections-to-spare',
  'infrastructure.postgres.query-latency-under-100-ms',
  'infrastructure.postgres.version-16-9',

  // infrastructure/process-checks.ts
  'infrastructure.network.latency-under-50-ms',
  'infrastructure.processes.none-ended-during-the-run',
  'infrastructure.processes.started-within-30-s',

  // infrastructure/redis-checks.ts
  'infrastructure.redis.latency-under-50-ms',
  'infrastructure.redis.memory-and-eviction',
  'infrastructure.redis.password-required',
  'infrastructure.redis.version-7',

  // infrastructure/redis-failover-checks.ts
  'infrastructure.availability.redis-failover-loses-nothing',

  // infrastructure/restarts/restart-checks.ts
  'infrastructure.restart.redundant-nodes-are-not-missed',

  // infrastructure/role-checks.ts
  'infrastructure.roles.confined-to-own-schema',
  'infrastructure.roles.one-unprivileged-per-service',

  // infrastructure/row-security-checks.ts
  'infrastructure.row-security.forced-on-tenant-tables',
  'infrastructure.row-security.other-tenants-invisible',

  // infrastructure/schema-checks.ts
  'infrastructure.schema.identity-tables',
  'infrastructure.schema.metadata-indexes',
  'infrastructure.schema.metadata-tables',

  // services/event-checks.ts
  'services.automation-services.files-start-workflows',
  'services.saga-service.registration-starts-onboarding',

  // services/model-checks.ts
  'services.llm-orchestrator.model-responds',

  // services/webhook-checks.ts
  'services.automation-services.webhook-messages',

  // services/workspace-checks.ts
  'services.platform-services.full-workspaces-stay',
];
