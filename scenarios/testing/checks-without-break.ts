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

  // infrastructure/image-checks.ts
  'infrastructure.images.context-complete',

  // infrastructure/log-checks.ts
  'infrastructure.logs.structured-with-trace-ids',

  // infrastructure/monitoring-checks.ts
  'infrastructure.monitoring.rules-loaded',

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

  // security/account-mail-checks.ts
  'security.account.address-change-can-be-undone',
  'security.account.address-is-confirmed-by-mail',
  'security.account.lost-password-is-replaced-by-mail',

  // security/administration/administration-checks.ts
  'security.administration.deactivation-ends-access',
  'security.administration.owner-stays',
  'security.administration.roles-apply',

  // security/administration/invitation-checks.ts
  'security.administration.invitations-bound',
  'security.administration.invitations-mailed',

  // security/api-hardening-checks.ts
  'security.api-security',

  // security/bad-input/body-checks.ts
  'security.bad-input.airtable-gateway.bodies',
  'security.bad-input.automation-services.bodies',
  'security.bad-input.llm-orchestrator.bodies',
  'security.bad-input.mcp-server.bodies',
  'security.bad-input.platform-services.bodies',
  'security.bad-input.saga-service.bodies',
  'security.bad-input.user-service.bodies',

  // security/bad-input/formula-checks.ts
  'security.bad-input.airtable-gateway.formulas',

  // security/bad-input/list-checks.ts
  'security.bad-input.airtable-gateway.lists',
  'security.bad-input.automation-services.lists',
  'security.bad-input.file-service.lists',
  'security.bad-input.llm-orchestrator.lists',
  'security.bad-input.platform-services.lists',
  'security.bad-input.saga-service.lists',
  'security.bad-input.user-service.lists',

  // security/bad-input/upload-checks.ts
  'security.bad-input.file-service.uploads',

  // security/credential-checks.ts
  'security.credential-management',

  // security/database-checks.ts
  'security.database-security',

  // security/deletion/deletion-checks.ts
  'security.account.deletion-ends-access',
  'security.account.erasure-leaves-no-row',
  'security.account.export-has-every-row',

  // security/limit-checks.ts
  'security.limits.registrations-per-address',
  'security.limits.sign-ins-per-address',

  // security/network-checks.ts
  'security.network-security',

  // security/rights/rights-checks.ts
  'security.rights.hold-on-every-route',

  // security/secret-exposure-checks.ts
  'security.environment-variables',

  // security/service-log-checks.ts

  // security/session-checks.ts
  'security.session-security',

  // security/tenants/base-checks.ts
  'security.tenants.bases-of-others-unreachable',
  'security.tenants.records-of-others-unreachable',

  // security/tenants/object-checks.ts
  'security.tenants.objects-of-others-unreachable',

  // security/tenants/profile-checks.ts
  'security.tenants.profiles-of-others-unreachable',

  // security/tenants/role-checks.ts
  'security.tenants.service-roles-confined',

  // security/tenants/tool-checks.ts
  'security.tenants.tools-confined',

  // security/token-attack-checks.ts

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
