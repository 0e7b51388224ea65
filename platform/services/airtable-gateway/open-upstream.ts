import type { Registry } from 'prom-client';
import { automationServices } from '../../contracts/automation-services/contract.ts';
import { deliveryTimeoutMs } from '../../kit/events/outbox.ts';
import type { Log } from '../../kit/observe/log.ts';
import { createClient } from '../../kit/peers/client.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import type { FindWorkspace } from '../../kit/rights/rights-guard.ts';
import type { RecurringWork } from '../../kit/service/recurring-work.ts';
import { namedWorkspace } from './api/workspace-rights.ts';
import type { Config } from './config.ts';
import { findStoredWorkspace } from './embedded/base-workspaces.ts';
import { createEmbeddedUpstream } from './embedded/embedded-upstream.ts';
import { createIndexBuilder } from './embedded/keys/index-builder.ts';
import { createRecordEvents } from './embedded/record-events/record-events.ts';
import { createListMetrics } from './embedded/records/list-metrics.ts';
import { createNotifier } from './embedded/webhooks/notifier.ts';
import { forgetSyncs } from './sync/forget-syncs.ts';
import type { Upstream } from './upstream.ts';
import { createUserDirectory } from './users/user-directory.ts';

export interface UpstreamDeps {
  config: Config;
  database: Database;
  redis: RedisStore;
  authorities: Authorities;
  registry: Registry;
  log: Log;
}

export interface OpenUpstream {
  upstream: Upstream;
  /** Finds the workspace of a base. */
  workspaceOfBase: FindWorkspace;
  /** Finds the workspace of a new base from the `workspaceId` of its definition. */
  workspaceOfNewBase: FindWorkspace;
  /** Pings the webhooks of embedded bases. The real Airtable does that itself. */
  notifier?: RecurringWork;
  /** Stores the keys by which large embedded tables are sorted and filtered. */
  indexes?: RecurringWork;
  /** Delivers changes of embedded records. The real Airtable reports none to the platform. */
  recordEvents?: RecurringWork;
  /** Deletes what is cached of a tenant. The embedded Airtable caches nothing. @returns the number of keys */
  eraseCache?: (tenantId: string) => Promise<number>;
}

/** Opens the configured upstream. The code for the real Airtable is loaded only when it is configured. */
export async function openUpstream(deps: UpstreamDeps): Promise<OpenUpstream> {
  const { config, database, redis, authorities, registry, log } = deps;
  const trustedOrigins = config.WEBHOOK_TRUSTED_ORIGINS;
  if (config.AIRTABLE_UPSTREAM === 'embedded') {
    const notifier = createNotifier({ database, authorities, log, trustedOrigins });
    const automation = createClient(automationServices, {
      baseUrl: config.AUTOMATION_SERVICES_URL,
      internalKey: config.INTERNAL_API_KEY,
      timeoutMs: deliveryTimeoutMs,
    });
    const workspaceOfBase = findStoredWorkspace(database);
    const recordEvents = createRecordEvents({ database, automation, log });
    const indexes = createIndexBuilder({ database, log });
    const upstream = createEmbeddedUpstream({
      database,
      secret: config.INTERNAL_API_KEY,
      now: Date.now,
      users: createUserDirectory({
        platformServicesUrl: config.PLATFORM_SERVICES_URL,
        internalKey: config.INTERNAL_API_KEY,
        now: Date.now,
      }),
      webhooks: { trustedOrigins, onDue: notifier.wake },
      indexes,
      listMetrics: createListMetrics(registry),
      indexFrom: config.RECORD_INDEX_FROM,
      onRecordEvent: recordEvents.wake,
      onBaseDeleted: workspaceOfBase.forget,
    });
    return {
      upstream,
      workspaceOfBase,
      async workspaceOfNewBase(caller, text) {
        const authority = await authorities.of(caller);
        return authority && namedWorkspace(authority, text);
      },
      notifier,
      recordEvents,
      indexes: indexes.work,
    };
  }
  const { createRemoteUpstream } = await import('./remote/remote-upstream.ts');
  const { eraseCache } = await import('./remote/response-cache.ts');
  const { createMappedWorkspaces } = await import('./remote/mapped-workspaces.ts');
  const workspacesOf = createMappedWorkspaces(database, authorities);
  const toTenant = ({ tenant_id, user_id }: Parameters<FindWorkspace>[0]) => ({
    tenantId: tenant_id,
    userId: user_id,
  });
  const upstream = createRemoteUpstream({
    apiUrl: config.AIRTABLE_API_URL,
    // The schema of the configuration requires both with this upstream.
    token: config.AIRTABLE_TOKEN ?? '',
    timeoutMs: config.AIRTABLE_TIMEOUT_MS,
    tenantId: config.AIRTABLE_TENANT_ID ?? '',
    workspacesOf,
    forgetSyncs: (caller, baseId) =>
      forgetSyncs((statement, values) => database.tenantQuery(caller, statement, values), baseId),
    redis: redis.client,
    log,
  });
  return {
    upstream,
    workspaceOfBase: async (caller, baseId) => (await workspacesOf(toTenant(caller), [baseId])).get(baseId),
    // The id names a workspace of the account. A new base is in the default workspace of the tenant.
    workspaceOfNewBase: async (caller) => (await authorities.of(caller))?.tenant_workspace_id ?? undefined,
    eraseCache: (tenantId) => eraseCache(redis.client, tenantId),
  };
}
