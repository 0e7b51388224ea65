import { openRedis, type RedisStore } from '../redis/redis.ts';
import type { AccessConfig } from '../service/config.ts';
import type { StartContext } from '../service/run-service.ts';
import type { Authenticate } from './access.ts';
import { openAuthentication } from './authentication.ts';

export interface Access {
  readonly redis: RedisStore;
  /** What `buildService` takes: tokens are verified with platform-services' keys and refused once revoked. */
  readonly authenticate: Authenticate;
}

/**
 * Redis and authentication as the configuration names them, closed with the service: what each service with
 * routes of access `user` needs, but platform-services, which has keys of its own. Waits for nothing: an absent
 * Redis shows in `/ready`, and the keys are fetched with the first token.
 */
export function openAccess({ config, log, onClose }: StartContext<AccessConfig>): Access {
  const redis = openRedis({ url: config.REDIS_URL, log });
  onClose(redis.close);
  const keys = { platformServicesUrl: config.PLATFORM_SERVICES_URL };
  const { authenticate, close } = openAuthentication({ config, keys, redis, log });
  onClose(close);
  return { redis, authenticate };
}
