import type { Log } from '../../kit/observe/log.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import type { Config } from './config.ts';
import { createEmbeddedUpstream } from './embedded/embedded-upstream.ts';
import { createNotifier, type Notifier } from './embedded/webhooks/notifier.ts';
import type { Upstream } from './upstream.ts';
import { createUserDirectory } from './users/user-directory.ts';

export interface UpstreamDeps {
  config: Config;
  database: Database;
  redis: RedisStore;
  log: Log;
}

export interface OpenUpstream {
  upstream: Upstream;
  /** Pings the webhooks of embedded bases. The real Airtable does that itself. */
  notifier?: Notifier;
  /** Deletes what is cached of a tenant. The embedded Airtable caches nothing. @returns the number of keys */
  eraseCache?: (tenantId: string) => Promise<number>;
}

/** Opens the configured upstream. The code for the real Airtable is loaded only when it is configured. */
export async function openUpstream({ config, database, redis, log }: UpstreamDeps): Promise<OpenUpstream> {
  const trustedOrigins = config.WEBHOOK_TRUSTED_ORIGINS;
  if (config.AIRTABLE_UPSTREAM === 'embedded') {
    const notifier = createNotifier({ database, log, trustedOrigins });
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
    });
    return { upstream, notifier };
  }
  const { createRemoteUpstream } = await import('./remote/remote-upstream.ts');
  const { eraseCache } = await import('./remote/response-cache.ts');
  const upstream = createRemoteUpstream({
    apiUrl: config.AIRTABLE_API_URL,
    // The schema of the configuration requires both with this upstream.
    token: config.AIRTABLE_TOKEN ?? '',
    tenantId: config.AIRTABLE_TENANT_ID ?? '',
    redis: redis.client,
    log,
  });
  return { upstream, eraseCache: (tenantId) => eraseCache(redis.client, tenantId) };
}
