/** Checks that declare no break yet. The list may only shrink: who adds a break removes the line. */
export const checksWithoutBreak: readonly string[] = [
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

  // security/account/mail-checks.ts
  'security.account.address-change-can-be-undone',
  'security.account.address-is-confirmed-by-mail',
  'security.account.lost-password-is-replaced-by-mail',

  // security/credential-checks.ts
  'security.credential-management',

  // security/secret-exposure-checks.ts
  'security.environment-variables',

  // security/session-checks.ts
  'security.session-security',

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
