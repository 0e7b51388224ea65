import type { Log } from '../observe/log.ts';
import type { RedisStore } from '../redis/redis.ts';
import { followRevocations, type Revocations } from './revocations.ts';
import { createTokenVerifier, type KeySource, type TokenVerifier } from './token-verifier.ts';

export interface AuthenticationOptions {
  config: { JWT_ISSUER: string; JWT_AUDIENCE: string };
  /** The base URL of platform-services, or the keys themselves. */
  keys: { platformServicesUrl: string } | KeySource;
  redis: RedisStore;
  log: Log;
}

/** Verifies access tokens and follows revoked sessions, for services with routes of access `user`. */
export function openAuthentication(
  options: AuthenticationOptions,
): TokenVerifier & Pick<Revocations, 'isRevoked'> & { close(): void } {
  const revocations = followRevocations(options.redis, options.log);
  const keys =
    'platformServicesUrl' in options.keys
      ? { jwksUrl: `${options.keys.platformServicesUrl}/.well-known/jwks.json` }
      : options.keys;
  const verifier = createTokenVerifier({
    issuer: options.config.JWT_ISSUER,
    audience: options.config.JWT_AUDIENCE,
    keys,
    isRevoked: revocations.isRevoked,
  });
  return { ...verifier, isRevoked: revocations.isRevoked, close: revocations.close };
}
