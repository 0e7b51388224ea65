import type { Database } from '../kit/database.ts';
import type { Log } from '../kit/log.ts';
import type { RedisStore } from '../kit/redis.ts';
import type { Config } from './config.ts';
import { createEmbeddedUpstream } from './embedded/embedded-upstream.ts';
import type { Upstream } from './upstream.ts';

export interface UpstreamDeps {
  config: Config;
  database: Database;
  redis: RedisStore;
  log: Log;
}

/** The upstream that the configuration names; only that one is loaded. */
export async function openUpstream({ config, database, redis, log }: UpstreamDeps): Promise<Upstream> {
  if (config.AIRTABLE_UPSTREAM === 'embedded')
    return createEmbeddedUpstream({ database, secret: config.INTERNAL_API_KEY, now: Date.now });
  const { createRemoteUpstream } = await import('./remote/remote-upstream.ts');
  return createRemoteUpstream({
    apiUrl: config.AIRTABLE_API_URL,
    // The schema of the configuration demands both with this upstream.
    token: config.AIRTABLE_TOKEN ?? '',
    tenantId: config.AIRTABLE_TENANT_ID ?? '',
    redis: redis.client,
    log,
  });
}
