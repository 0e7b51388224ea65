import type { FastifyInstance } from 'fastify';
import { platformServices } from '../../contracts/platform-services/contract.ts';
import { followRevocations } from '../../kit/auth/revocations.ts';
import { createTokenVerifier } from '../../kit/auth/token-verifier.ts';
import { createPublishEvent } from '../../kit/events/publish-event.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import { buildService } from '../../kit/service/build-service.ts';
import { authHandlers } from './accounts/auth-handlers.ts';
import { internalHandlers } from './accounts/internal-handlers.ts';
import { createLockout } from './accounts/lockout.ts';
import { createOutgoingEvents } from './accounts/outgoing-events.ts';
import { createPasswords } from './accounts/passwords.ts';
import { insightHandlers } from './analytics/insight-handlers.ts';
import type { Config } from './config.ts';
import { createSessions } from './sessions/sessions.ts';
import { createSigningKeys } from './sessions/signing-keys.ts';
import { createTokenIssuer } from './sessions/tokens.ts';
import { workspaceHandlers } from './workspaces/workspace-handlers.ts';

export interface AppDeps {
  config: Config;
  log: Log;
  database: Database;
  redis: RedisStore;
}

/** Platform services without a socket. */
export function buildApp({ config, log, database, redis }: AppDeps): FastifyInstance {
  const keys = createSigningKeys({
    database,
    encryptionKey: Buffer.from(config.KEY_ENCRYPTION_KEY, 'base64'),
    rotationDays: config.KEY_ROTATION_DAYS,
    tokenSeconds: config.ACCESS_TOKEN_SECONDS,
  });
  const revocations = followRevocations(redis, log);
  const verifier = createTokenVerifier({
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    keys,
    isRevoked: revocations.isRevoked,
  });
  const life = { refreshDays: config.REFRESH_TOKEN_DAYS, sessionDays: config.SESSION_DAYS };
  const sessions = createSessions({ database, redis, life, tokenSeconds: config.ACCESS_TOKEN_SECONDS });
  const events = createOutgoingEvents({ database, publish: createPublishEvent(redis), log });
  const app = buildService(platformServices, {
    config,
    log,
    dependencies: [database.dependency, redis.dependency, keys.dependency],
    authenticate: verifier.authenticate,
    handlers: {
      ...workspaceHandlers(database),
      ...insightHandlers(database),
      ...internalHandlers(database, sessions),
      ...authHandlers({
        database,
        passwords: createPasswords(),
        lockout: createLockout(redis.client),
        sessions,
        keys,
        issuer: createTokenIssuer({
          keys,
          issuer: config.JWT_ISSUER,
          audience: config.JWT_AUDIENCE,
          seconds: config.ACCESS_TOKEN_SECONDS,
        }),
        verifier,
        life,
        onEvent: events.wake,
      }),
    },
  });
  // What an earlier process has stored and not published.
  app.server.once('listening', events.start);
  app.addHook('onClose', async () => {
    await events.close();
    await revocations.close();
  });
  return app;
}
