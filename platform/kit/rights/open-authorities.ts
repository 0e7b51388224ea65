import { authorityRoutes } from '../../contracts/platform-services/authority.ts';
import type { Log } from '../observe/log.ts';
import { createClient } from '../peers/client.ts';
import { PeerProblem } from '../peers/peer-problem.ts';
import type { RedisStore } from '../redis/redis.ts';
import type { Clock } from '../service/clock.ts';
import type { Authorities } from './authorities.ts';
import { createAuthorityCache } from './authority-cache.ts';
import { followAuthorityChanges } from './authority-changes.ts';

export interface AuthoritiesOptions {
  config: { PLATFORM_SERVICES_URL: string; INTERNAL_API_KEY: string };
  redis: Pick<RedisStore, 'duplicate'>;
  log: Log;
  clock?: Clock;
}

/** Only the route that is needed: the whole contract would lengthen the boot of every service. */
const contract = {
  name: 'platform-services',
  title: 'Rights of users',
  port: 8007,
  mounts: [],
  routes: authorityRoutes,
} as const;

/** Reads the rights of users from platform-services and follows their changes. */
export function openAuthorities({ config, redis, log, clock }: AuthoritiesOptions): Authorities {
  const client = createClient(contract, {
    baseUrl: config.PLATFORM_SERVICES_URL,
    internalKey: config.INTERNAL_API_KEY,
  });
  const cache = createAuthorityCache({
    log,
    ...(clock && { clock }),
    async load({ user_id, tenant_id }, timeoutMs) {
      try {
        return await client.authority({ params: { id: user_id }, query: { tenant_id } }, { timeoutMs });
      } catch (error) {
        if (error instanceof PeerProblem && error.problem?.error === 'not_found') return undefined;
        throw error;
      }
    },
  });
  followAuthorityChanges(redis, log, cache.drop);
  return cache;
}
