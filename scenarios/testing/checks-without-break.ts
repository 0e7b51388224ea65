/** Checks that declare no break yet. The list may only shrink: who adds a break removes the line. */
export const checksWithoutBreak: readonly string[] = [
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
];
