/** Checks that declare no break yet. The list may only shrink: who adds a break removes the line. */
export const checksWithoutBreak: readonly string[] = [
  // api/access-checks.ts
  'api.access.rejects-unauthenticated',
  'api.access.spoofed-identity-ignored',

  // api/account-lifecycle-checks.ts
  'api.users.account-lifecycle',

  // api/client-checks.ts
  'api.clients.airtable-js',
  'api.clients.mcp-sdk',
  'api.clients.pyairtable',

  // api/clients/airtable-js-checks.ts
  'api.clients.airtable-js-uses',

  // api/clients/airtable-ts-checks.ts
  'api.clients.airtable-ts',

  // api/clients/generators/openapi-generator-checks.ts
  'api.clients.openapi-generator',

  // api/clients/generators/openapi-python-client-checks.ts
  'api.clients.openapi-python-client',

  // api/clients/generators/openapi-typescript-checks.ts
  'api.clients.openapi-typescript',

  // api/clients/mcp-conformance-checks.ts
  'api.clients.mcp-conformance',

  // api/clients/pyairtable-checks.ts
  'api.clients.pyairtable-methods',

  // api/description-checks.ts
  'api.gateway.describes-every-route',

  // api/fuzzing/fuzzing-checks.ts
  'api.fuzzing.documents-hold',

  // api/idempotency/idempotency-checks.ts
  'api.idempotency.repetitions-have-one-effect',

  // api/load-checks.ts
  'api.load.error-rate-below-5-percent',

  // api/metrics-checks.ts
  'api.metrics.promtool-finds-nothing',

  // api/profile-checks.ts
  'api.users.profile-carries-registered-name',
  'api.users.profile-change-kept',

  // api/request-checks.ts
  'api.requests.cors-for-the-frontend-only',
  'api.requests.rejects-ambiguous-paths',
  'api.requests.rejects-malformed-json',
  'api.requests.request-id-on-every-response',
  'api.requests.trace-context-kept',

  // api/routing-checks.ts
  'api.gateway.health-of-all-services',
  'api.routing.airtable-gateway',
  'api.routing.automation-services',
  'api.routing.file-service',
  'api.routing.internal-routes-hidden',
  'api.routing.llm-orchestrator',
  'api.routing.mcp-server',
  'api.routing.platform-services',
  'api.routing.rejects-unknown-routes',
  'api.routing.saga-service',
  'api.routing.user-service',
  'api.routing.v1-alias',

  // api/trace-checks.ts
  'api.traces.gateway-to-database-is-one-tree',

  // api/websocket/flow-event-checks.ts
  'api.websocket.flow-events-reach-members',

  // api/websocket/websocket-checks.ts
  'api.websocket.chat-reaches-only-its-user',
  'api.websocket.events-reach-the-right-users',
  'api.websocket.stats-count-own-connections',
  'api.websocket.ticket-works-once',

  // authentication/crowd-checks.ts
  'authentication.login.sixty-at-once',
  'authentication.register.sixty-at-once',

  // authentication/login-checks.ts
  'authentication.login.creates-session',
  'authentication.login.hides-unknown-email',
  'authentication.login.rejects-wrong-password',
  'authentication.login.reports-missing-email',

  // authentication/password-checks.ts
  'authentication.change-password.rejects-wrong-current',
  'authentication.change-password.replaces-password',

  // authentication/personal-token-checks.ts
  'authentication.personal-token.limited-and-revocable',

  // authentication/register-checks.ts
  'authentication.register.creates-account',
  'authentication.register.race-creates-one-account',
  'authentication.register.rejects-duplicate-email',
  'authentication.register.rejects-missing-field',
  'authentication.register.rejects-weak-password',

  // authentication/session-checks.ts
  'authentication.logout.ends-session',
  'authentication.refresh.reuse-revokes-family',
  'authentication.refresh.rotates-tokens',

  // authentication/token-checks.ts
  'authentication.me.rejects-malformed-token',
  'authentication.me.rejects-missing-token',
  'authentication.me.returns-user',
  'authentication.validate.accepts-valid-token',
  'authentication.validate.rejects-forged-token',

  // frontend/account-checks.ts
  'frontend.dashboard-ends-sessions',

  // frontend/new-user-checks.ts
  'frontend.new-user-journey',

  // frontend/operational-checks.ts
  'frontend.metrics',
  'frontend.openapi-complete',
  'frontend.ready',

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

  // infrastructure/monitoring-checks.ts
  'infrastructure.monitoring.alert-fires-and-clears',
  'infrastructure.monitoring.dashboards-have-data',
  'infrastructure.monitoring.rules-loaded',
  'infrastructure.monitoring.targets-up',

  // infrastructure/redis-failover-checks.ts
  'infrastructure.availability.redis-failover-loses-nothing',

  // infrastructure/restarts/restart-checks.ts
  'infrastructure.restart.redundant-nodes-are-not-missed',

  // security/account-mail-checks.ts
  'security.account.address-change-can-be-undone',
  'security.account.address-is-confirmed-by-mail',
  'security.account.lost-password-is-replaced-by-mail',

  // security/credential-checks.ts
  'security.credential-management',

  // security/secret-exposure-checks.ts
  'security.environment-variables',

  // security/service-log-checks.ts
  'security.service-logs',

  // security/session-checks.ts
  'security.session-security',

  // security/token-attack-checks.ts
  'security.authentication-security',

  // services/available-checks.ts
  'services.airtable-gateway.available',
  'services.automation-services.available',
  'services.file-service.available',
  'services.gateway.available',
  'services.llm-orchestrator.available',
  'services.mcp-server.available',
  'services.platform-services.available',
  'services.saga-service.available',
  'services.user-service.available',

  // services/complete-checks.ts
  'services.airtable-gateway.complete',
  'services.automation-services.complete',
  'services.file-service.complete',
  'services.gateway.complete',
  'services.llm-orchestrator.complete',
  'services.mcp-server.complete',
  'services.platform-services.complete',
  'services.saga-service.complete',
  'services.user-service.complete',

  // services/event-checks.ts
  'services.automation-services.files-start-workflows',
  'services.saga-service.registration-starts-onboarding',

  // services/model-checks.ts
  'services.llm-orchestrator.model-responds',

  // services/operational-checks.ts
  'services.airtable-gateway.metrics',
  'services.airtable-gateway.openapi-complete',
  'services.airtable-gateway.ready',
  'services.automation-services.metrics',
  'services.automation-services.openapi-complete',
  'services.automation-services.ready',
  'services.file-service.metrics',
  'services.file-service.openapi-complete',
  'services.file-service.ready',
  'services.gateway.metrics',
  'services.gateway.openapi-complete',
  'services.gateway.ready',
  'services.llm-orchestrator.metrics',
  'services.llm-orchestrator.openapi-complete',
  'services.llm-orchestrator.ready',
  'services.mcp-server.metrics',
  'services.mcp-server.openapi-complete',
  'services.mcp-server.ready',
  'services.platform-services.metrics',
  'services.platform-services.openapi-complete',
  'services.platform-services.ready',
  'services.saga-service.metrics',
  'services.saga-service.openapi-complete',
  'services.saga-service.ready',
  'services.user-service.metrics',
  'services.user-service.openapi-complete',
  'services.user-service.ready',

  // services/webhook-checks.ts
  'services.automation-services.webhook-messages',

  // services/workspace-checks.ts
  'services.platform-services.full-workspaces-stay',
];
