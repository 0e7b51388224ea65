// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const postgresReported = 'infrastructure.postgres-outage.readiness-reports-it';
const redisReported = 'infrastructure.redis-outage.readiness-reports-it';
const readsFail = 'infrastructure.postgres-outage.reads-fail-openly';
const statementsShow = 'infrastructure.postgres-outage.failed-statements-show';
const healthNames = 'infrastructure.service-outage.platform-health-names-it';
const circuitOpens = 'infrastructure.service-outage.circuit-opens';
const requestsFinish = 'infrastructure.service-outage.running-requests-finish';
const servicesReturn = 'infrastructure.service-outage.heals-by-itself';
const othersWork = 'infrastructure.service-outage.others-keep-working';

const breaker = 'services/gateway/upstream/circuit-breaker.ts';
const health = 'services/gateway/health/platform-health.ts';

const emptyPage =
  '({ entries: [], total: 0, total_is_minimum: false, page: 1, page_size: 20, next_cursor: null })';

/** A list that becomes empty when the database fails. */
const swallowed = (
  what: string,
  {
    caughtBy = readsFail,
    ...more
  }: { defect: string; file: string; find: string; replace: string; caughtBy?: string },
): Mutant => ({
  id: `failing-dependencies.no-${what}-without-database`,
  kind: 5,
  defect: more.defect,
  changes: [replacing(more.file, more.find, more.replace)],
  caughtBy: [caughtBy],
});

export const failingDependencyMutants: readonly Mutant[] = [
  {
    id: 'failing-dependencies.always-ready',
    kind: 5,
    defect: 'Every service is ready, whatever fails.',
    changes: [replacing('kit/service/operational-handlers.ts', '        if (!ready) reply.code(503);\n', '')],
    caughtBy: [postgresReported, redisReported],
  },
  {
    id: 'failing-dependencies.failed-checks-count-as-ready',
    kind: 5,
    defect: 'A service is ready when one of its dependencies is.',
    changes: [
      replacing(
        'kit/service/operational-handlers.ts',
        "const ready = Object.values(checks).every(({ status }) => status === 'ok');",
        "const ready = Object.values(checks).some(({ status }) => status === 'ok');",
      ),
    ],
    caughtBy: [postgresReported],
  },
  ...(
    [
      ['user-service', 'main.ts', 'dependencies: [database.dependency, redis.dependency]'],
      ['automation-services', 'main.ts', 'dependencies: [database.dependency, redis.dependency]'],
      ['llm-orchestrator', 'main.ts', 'dependencies: [database.dependency, redis.dependency]'],
      [
        'file-service',
        'main.ts',
        'dependencies: [database.dependency, redis.dependency, storage.dependency]',
      ],
    ] as const
  ).map(
    ([service, file, find]): Mutant => ({
      id: `failing-dependencies.${service}-ready-without-database`,
      kind: 5,
      defect: `${service} is ready without its database.`,
      changes: [replacing(`services/${service}/${file}`, find, find.replace('database.dependency, ', ''))],
      caughtBy: [postgresReported],
    }),
  ),
  {
    id: 'failing-dependencies.gateway-ready-without-redis',
    kind: 5,
    defect: 'The gateway is ready without Redis.',
    changes: [replacing('services/gateway/main.ts', 'dependencies: [redis.dependency]', 'dependencies: []')],
    caughtBy: [redisReported],
  },
  {
    id: 'failing-dependencies.frontend-ready-without-gateway',
    kind: 5,
    defect: 'The frontend is ready without the gateway.',
    changes: [
      replacing(
        'services/frontend/main.ts',
        'dependencies: [gatewayDependency(config.GATEWAY_URL)]',
        'dependencies: [gatewayDependency(config.GATEWAY_URL)].slice(1)',
      ),
    ],
    caughtBy: [healthNames],
  },
  {
    id: 'failing-dependencies.platform-always-healthy',
    kind: 5,
    defect: 'The health of the platform is healthy whatever its services report.',
    changes: [
      replacing(
        health,
        "status: services.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded',",
        "status: services.some(({ status }) => status === 'healthy') ? 'healthy' : 'degraded',",
      ),
    ],
    caughtBy: [healthNames],
  },
  {
    id: 'failing-dependencies.unready-services-healthy',
    kind: 5,
    defect: 'The health of the platform calls services healthy that are not ready.',
    changes: [
      replacing(
        health,
        "if (status === 200 && readiness.data.status === 'ready') return { status: 'healthy' };",
        "if (status > 0) return { status: 'healthy' };",
      ),
    ],
    caughtBy: ['infrastructure.platform-health.reports-stopped-stores'],
  },
  {
    id: 'failing-dependencies.stopped-services-healthy',
    kind: 5,
    defect: 'The health of the platform calls a service healthy that does not respond.',
    changes: [
      replacing(
        health,
        "      status: 'unreachable',\n      response_time_ms: elapsed(),\n      error: reasonOf(error),",
        "      status: 'healthy',\n      response_time_ms: elapsed(),\n      error: reasonOf(error),",
      ),
    ],
    caughtBy: [healthNames],
  },
  {
    id: 'failing-dependencies.breaker-never-opens',
    kind: 5,
    defect: 'The circuit of the gateway never opens.',
    changes: [
      replacing(
        breaker,
        "if (state === 'open' || (state === 'closed' && failures < options.failuresToOpen)) return;",
        "if (state === 'open' || state === 'closed') return;",
      ),
    ],
    caughtBy: [circuitOpens],
  },
  {
    id: 'failing-dependencies.failures-not-counted',
    kind: 5,
    defect: 'The gateway does not count missing responses.',
    changes: [
      replacing(
        'services/gateway/upstream/forward-request.ts',
        "this.#clientDisconnected || rejection.status < 500 ? 'abandoned' : 'failed'",
        "this.#clientDisconnected || rejection.status < 600 ? 'abandoned' : 'failed'",
      ),
    ],
    caughtBy: [circuitOpens],
  },
  {
    id: 'failing-dependencies.breaker-never-closes',
    kind: 5,
    defect: 'A circuit of the gateway that has opened lets no trial request through.',
    changes: [
      replacing(
        breaker,
        '      const wait = openUntil - options.now();\n      if (wait > 0) return wait;',
        '      const wait = Math.max(trialWaitMs, openUntil - options.now());\n      if (wait > 0) return wait;',
      ),
    ],
    caughtBy: [servicesReturn],
  },
  {
    id: 'failing-dependencies.open-circuit-without-retry-after',
    kind: 5,
    defect: 'Responses of an open circuit do not say when to try again.',
    changes: [
      replacing(
        'services/gateway/upstream/forward-request.ts',
        "problem('circuit_open', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } })",
        "problem('circuit_open')",
      ),
    ],
    caughtBy: [circuitOpens],
  },
  {
    id: 'failing-dependencies.stop-drops-requests',
    kind: 5,
    defect: 'A service that is told to stop drops the requests that it works on.',
    changes: [
      replacing(
        'kit/service/run-service.ts',
        '    await app.close();\n',
        '    app.server.closeAllConnections();\n    await app.close();\n',
      ),
    ],
    caughtBy: [requestsFinish],
  },
  {
    id: 'failing-dependencies.stop-exits-at-once',
    kind: 5,
    defect: 'A service exits as soon as it is told to stop.',
    changes: [
      replacing(
        'kit/service/run-service.ts',
        "    log.info({ signal }, 'stopping');\n",
        "    log.info({ signal }, 'stopping');\n    log.flush(() => process.exit(0));\n",
      ),
    ],
    caughtBy: [requestsFinish],
  },
  {
    id: 'failing-dependencies.stop-is-an-error',
    kind: 5,
    defect: 'A service ends with an error when it is told to stop.',
    changes: [
      replacing(
        'kit/service/run-service.ts',
        "    log.info('stopped');\n    log.flush(() => process.exit(0));",
        "    log.info('stopped');\n    log.flush(() => process.exit(1));",
      ),
    ],
    caughtBy: [requestsFinish],
  },
  swallowed('profiles', {
    defect: 'The list of profiles is empty when the database fails.',
    file: 'services/user-service/app.ts',
    find: 'await listProfiles(database, tenantOf(caller), query);',
    replace: `await listProfiles(database, tenantOf(caller), query).catch(() => ${emptyPage});`,
  }),
  swallowed('files', {
    defect: 'The list of files is empty when the database fails.',
    file: 'services/file-service/store/file-rows.ts',
    find: '    parts: inWorkspaces(workspaceIds),\n  });',
    replace: `    parts: inWorkspaces(workspaceIds),\n  }).catch(() => ${emptyPage});`,
  }),
  swallowed('sagas', {
    defect: 'The list of sagas is empty when the database fails.',
    file: 'services/saga-service/api/saga-handlers.ts',
    find: "      listSagas(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }),",
    replace:
      "      listSagas(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }).catch(() => ({ ...query, sagas: [], total: 0, total_is_minimum: false, next_cursor: null })),",
  }),
  swallowed('conversations', {
    defect: 'The list of conversations is empty when the database fails.',
    file: 'services/llm-orchestrator/sessions/session-handlers.ts',
    find: "listSessions(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }),",
    replace:
      "listSessions(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }).catch(() => ({ ...query, sessions: [], total: 0, total_is_minimum: false, next_cursor: null })),",
  }),
  swallowed('messages', {
    defect: 'A conversation has no messages when they cannot be read.',
    // With the whole database away, the rights of the caller cannot be read either.
    caughtBy: statementsShow,
    file: 'services/llm-orchestrator/sessions/session-handlers.ts',
    find: 'messages: await readHistory(database, tenantOf(caller), id) };',
    replace: 'messages: await readHistory(database, tenantOf(caller), id).catch(() => []) };',
  }),
  swallowed('notifications', {
    defect: 'A user has no notifications when the database fails.',
    file: 'services/automation-services/service-calls/notifications.ts',
    find: 'value: tenant.userId }],\n  });',
    replace: `value: tenant.userId }],\n  }).catch(() => ${emptyPage});`,
  }),
  swallowed('sessions', {
    defect: 'A user has no sessions when the database fails.',
    file: 'services/platform-services/sessions/session-handlers.ts',
    find: 'listSessions: ({ caller, query }) => sessions.list(caller, query),',
    replace:
      'listSessions: ({ caller, query }) => sessions.list(caller, query).catch(() => ({ ...query, sessions: [], total: 0, total_is_minimum: false, next_cursor: null })),',
  }),
  swallowed('audit-events', {
    defect: 'The audit log is empty when it cannot be read.',
    caughtBy: statementsShow,
    file: 'services/platform-services/audit/audit-handlers.ts',
    find: "        ofTenant: rights.hasTenantRole('moderator'),\n      });",
    replace:
      "        ofTenant: rights.hasTenantRole('moderator'),\n      }).catch(() => ({ ...query, entries: [], total: 0, total_is_minimum: false, next_cursor: null }));",
  }),
  {
    id: 'failing-dependencies.store-failures-are-internal',
    kind: 5,
    defect: 'A stopped database is an internal error, and clients do not try again.',
    changes: [
      replacing(
        'kit/http/problem-response.ts',
        '  if (isStoreFailure(error)) return storeProblem(error);\n',
        '',
      ),
    ],
    caughtBy: [readsFail],
  },
  {
    id: 'failing-dependencies.no-bases-without-airtable-gateway',
    kind: 5,
    defect: 'A tool lists no bases when the service behind it is stopped.',
    changes: [
      replacing(
        'services/mcp-server/tools/list-bases.ts',
        'const page = await airtable.listBases({ query: offset === undefined ? {} : { offset } }, { signal });',
        'const page = await airtable.listBases({ query: offset === undefined ? {} : { offset } }, { signal }).catch((): { bases: Base[]; offset?: string } => ({ bases: [] }));',
      ),
    ],
    caughtBy: [othersWork],
  },
  {
    id: 'failing-dependencies.sign-in-unlimited-without-redis',
    kind: 5,
    defect: 'Sign-ins are not limited while Redis is stopped.',
    changes: [
      replacing(
        'services/gateway/limits/limit-stores.ts',
        '        pausedUntil = now() + firstStorePauseMs;\n        return second.take(key, rule, requested);',
        '        pausedUntil = 0;\n        return { granted: requested, used: requested, resetMs: rule.windowMs };',
      ),
    ],
    caughtBy: ['infrastructure.redis-outage.sign-in-stays-limited'],
  },
  {
    id: 'failing-dependencies.reads-need-redis',
    kind: 5,
    defect: 'The gateway rejects every request while Redis is stopped.',
    changes: [
      replacing(
        'services/gateway/limits/limit-stores.ts',
        '        pausedUntil = now() + firstStorePauseMs;\n        return second.take(key, rule, requested);',
        '        throw error;',
      ),
    ],
    caughtBy: ['infrastructure.redis-outage.reads-go-on'],
  },
  {
    id: 'failing-dependencies.sessions-return-without-redis',
    kind: 5,
    defect: 'Ended sessions work again while Redis is stopped.',
    changes: [
      replacing(
        'kit/auth/revocations.ts',
        "  subscriber.on('ready', () => void tryReload());\n",
        "  subscriber.on('ready', () => void tryReload());\n  subscriber.on('close', () => revoked.clear());\n",
      ),
    ],
    caughtBy: ['infrastructure.redis-outage.ended-sessions-stay-ended'],
  },
  {
    id: 'failing-dependencies.model-failure-is-internal',
    kind: 5,
    defect: 'A rejected request of the model is an internal error of the assistant.',
    changes: [
      replacing(
        'services/llm-orchestrator/budgets/metered-model.ts',
        '        await settleFailure(database, who, { reservation, maybeCharged });\n        throw error;',
        "        await settleFailure(database, who, { reservation, maybeCharged });\n        reply = { parts: [{ text: '' }], tokens: { input: 0, output: 0, thinking: 0 }, finishReason: 'STOP' } as unknown as ModelReply;",
      ),
    ],
    caughtBy: ['services.llm-orchestrator.budgets-reject-before-spending'],
  },
  {
    id: 'failing-dependencies.profile-change-lost',
    kind: 5,
    defect: 'A change of the profile is confirmed although the database has failed.',
    changes: [
      replacing(
        'services/user-service/app.ts',
        '        const profile = await profileOf(database, caller);\n        return Object.keys(body)',
        '        const profile = await profileOf(database, caller).catch(() => ({ id: caller.user_id, tenant_id: caller.tenant_id, email: caller.email, display_name: caller.name, first_name: null, last_name: null, avatar_url: null, bio: null, phone: null, role: caller.role, preferences: {}, created_at: new Date().toISOString(), updated_at: new Date().toISOString(), ...body }) as never);\n        if (database === undefined) return profile;\n        return Object.keys(body)',
      ),
      replacing(
        'services/user-service/app.ts',
        'profile : changeProfile(database, tenantOf(caller), body);',
        'profile : changeProfile(database, tenantOf(caller), body).catch(() => profile);',
      ),
    ],
    caughtBy: ['infrastructure.postgres-outage.writes-fail-openly'],
  },
];
