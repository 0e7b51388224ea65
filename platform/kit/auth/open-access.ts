import { openRedis, type RedisStore } from '../redis/redis.ts';
import type { Authorities } from '../rights/authorities.ts';
import { openAuthorities } from '../rights/open-authorities.ts';
import type { AccessConfig, BaseConfig } from '../service/config.ts';
import type { StartContext } from '../service/run-service.ts';
import type { Authenticate } from './access.ts';
import { openAuthentication } from './authentication.ts';

export interface Access {
  readonly redis: RedisStore;
  /** For `buildService`. Verifies tokens with the keys of platform-services and rejects revoked sessions. */
  readonly authenticate: Authenticate;
  /** For `rights` of `buildService`. What users may do, according to platform-services. */
  readonly authorities: Authorities;
  /** Whether a session has ended, for connections that last. Never waits. */
  isRevoked(sessionId: string): boolean;
}

/**
 * Opens Redis, authentication and the rights of users from the configuration and closes them with the service. Every service with routes of
 * access `user` needs them, except platform-services, which has its own keys. Does not wait: a missing Redis shows in
 * `/ready`, and the keys are fetched with the first token.
 */
export function openAccess({
  config,
  log,
  onClose,
}: StartContext<AccessConfig & Pick<BaseConfig, 'INTERNAL_API_KEY'>>): Access {
  const redis = openRedis({ url: config.REDIS_URL, log });
  onClose(redis.close);
  const keys = { platformServicesUrl: config.PLATFORM_SERVICES_URL };
  const { authenticate, isRevoked, close } = openAuthentication({ config, keys, redis, log });
  onClose(close);
  return { redis, authenticate, isRevoked, authorities: openAuthorities({ config, redis, log }) };
}
