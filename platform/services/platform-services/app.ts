import type { FastifyInstance } from 'fastify';
import { platformServices } from '../../contracts/platform-services/contract.ts';
import { followRevocations } from '../../kit/auth/revocations.ts';
import { tenantOf } from '../../kit/auth/tenant-of.ts';
import { createTokenVerifier } from '../../kit/auth/token-verifier.ts';
import { createPublishEvent } from '../../kit/events/publish-event.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import type { Log } from '../../kit/observe/log.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import { createAnnounceAuthority } from '../../kit/rights/authority-changes.ts';
import { buildService } from '../../kit/service/build-service.ts';
import { accountHandlers } from './accounts/account-handlers.ts';
import { announceToPeople } from './accounts/announce-to-people.ts';
import { createChangedUsers, createProfileRefresh } from './accounts/changed-users.ts';
import { internalHandlers } from './accounts/internal-handlers.ts';
import { createLockout } from './accounts/lockout.ts';
import { createOutgoingEvents } from './accounts/outgoing-events.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createVerifyPassword } from './accounts/verify-password.ts';
import { analyticsHandlers } from './analytics/analytics-handlers.ts';
import { auditHandlers } from './audit/audit-handlers.ts';
import type { Config } from './config.ts';
import { createErasers } from './erasures/erasers.ts';
import { createErasureWork } from './erasures/erasure-work.ts';
import { exportHandlers } from './exports/export-handlers.ts';
import { createExportSources } from './exports/export-sources.ts';
import { createExportWork } from './exports/export-work.ts';
import { grantHandlers } from './grants/grant-handlers.ts';
import { createFindUsed, createGrantSweep } from './grants/grant-sweep.ts';
import { invitationHandlers } from './invitations/invitation-handlers.ts';
import { mailInvitation } from './invitations/mail-invitation.ts';
import { mailHandlers } from './mail/mail-handlers.ts';
import { createMailTransport } from './mail/mail-transport.ts';
import { createMailer } from './mail/mailer.ts';
import { personalTokenHandlers } from './personal-tokens/personal-token-handlers.ts';
import { recoveryHandlers } from './recovery/recovery-handlers.ts';
import { createResetRequests } from './recovery/reset-password.ts';
import { createRetention, retentionDays } from './retention/retention.ts';
import { sessionHandlers } from './sessions/session-handlers.ts';
import { createSessions } from './sessions/sessions.ts';
import { createSigningKeys } from './sessions/signing-keys.ts';
import { createTokenIssuer } from './sessions/tokens.ts';
import { tenantHandlers } from './tenants/tenant-handlers.ts';
import { ownAuthorities, workspaceOfTenant } from './workspaces/authority.ts';
import { createAssertEmpty, createContentCounts } from './workspaces/workspace-contents.ts';
import { workspaceHandlers } from './workspaces/workspace-handlers.ts';

export interface AppDeps {
  config: Config;
  log: Log;
  database: Database;
  redis: RedisStore;
}

/** Builds the service; it does not listen yet. */
export function buildApp({ config, log, database, redis }: AppDeps): FastifyInstance {
  const encryptionKey = Buffer.from(config.KEY_ENCRYPTION_KEY, 'base64');
  const keys = createSigningKeys({
    database,
    encryptionKey,
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
  const issuer = createTokenIssuer({
    keys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    seconds: config.ACCESS_TOKEN_SECONDS,
  });
  const lifetime = { refreshDays: config.REFRESH_TOKEN_DAYS, sessionDays: config.SESSION_DAYS };
  const publishLive = createPublishLiveEvent({ redis, log });
  const sessions = createSessions({
    database,
    redis,
    lifetime,
    publishLive,
    tokenSeconds: config.ACCESS_TOKEN_SECONDS,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
  });
  const events = createOutgoingEvents({ database, publish: createPublishEvent(redis), log });
  const erasures = createErasureWork({ database, erasers: createErasers(config, database), log });
  const mailer = createMailer({
    database,
    key: encryptionKey,
    publicUrl: config.PUBLIC_URL,
    transport: createMailTransport({
      smtpUrl: config.SMTP_URL,
      from: config.MAIL_FROM,
      folder: config.MAIL_FOLDER,
    }),
    log,
  });
  const resetRequests = createResetRequests({ database, mailer, log });
  const passwords = createPasswords();
  const lockout = createLockout(redis.client);
  const verifyPassword = createVerifyPassword({ database, passwords, lockout });
  const accounts = { database, mailer, passwords, verifyPassword };
  const exports = createExportWork({
    database,
    mailer,
    sources: createExportSources(config, database),
    log,
  });
  const quietSeconds = config.ERASURE_QUIET_SECONDS;
  const { publishEnds } = sessions;
  const changedUsers = createChangedUsers({ database, refresh: createProfileRefresh(config), log });
  const metrics = createMetrics(platformServices.name);
  const { registry } = metrics;
  const retention = createRetention({ database, redis, days: retentionDays(config), registry, log });
  const grantSweep = createGrantSweep({ database, findUsed: createFindUsed(config), log });
  const assertEmpty = createAssertEmpty(createContentCounts(config));
  const announce = announceToPeople(createAnnounceAuthority(redis, log), publishLive);
  const app = buildService(platformServices, {
    config,
    log,
    dependencies: [database.dependency, redis.dependency, keys.dependency],
    authenticate: verifier.authenticate,
    metrics,
    rights: {
      authorities: ownAuthorities(database),
      workspaceOf: { workspace: (caller, id) => workspaceOfTenant(database, tenantOf(caller), id) },
    },
    idempotency: { database, schema: 'identity' },
    handlers: {
      ...workspaceHandlers({ database, announce, assertEmpty }),
      ...invitationHandlers({ database, mail: mailInvitation(mailer), announce, onMail: mailer.wake }),
      ...tenantHandlers({
        database,
        publishEnds,
        quietSeconds,
        announce,
        onChangedUser: changedUsers.wake,
        onErasure: erasures.wake,
      }),
      ...analyticsHandlers(database),
      ...auditHandlers(database),
      ...internalHandlers({
        database,
        assertEmpty,
        publishEnds,
        announce,
        quietSeconds,
        onErasure: erasures.wake,
      }),
      ...mailHandlers(database, mailer),
      ...personalTokenHandlers({ database, sessions, issuer }),
      ...grantHandlers({ database, sessions, issuer, verifier }),
      ...sessionHandlers({ sessions, keys, issuer, verifier }),
      ...exportHandlers({ database, verifyPassword, onExport: exports.wake }),
      ...recoveryHandlers({
        ...accounts,
        sessions,
        lockout,
        onResetRequest: resetRequests.wake,
        onChangedUser: changedUsers.wake,
      }),
      ...accountHandlers({
        ...accounts,
        sessions,
        issuer,
        lifetime,
        requireVerifiedEmail: config.REQUIRE_VERIFIED_EMAIL,
        onEvent: events.wake,
        onErasure: erasures.wake,
        announce,
        quietSeconds,
      }),
    },
  });
  // An earlier process may have left unpublished events, accounts to erase and unsent mails.
  app.server.once('listening', () => {
    events.start();
    erasures.start();
    mailer.start();
    resetRequests.start();
    exports.start();
    changedUsers.start();
    retention.start();
    grantSweep.start();
    if (config.SMTP_URL === undefined)
      log.info({ folder: config.MAIL_FOLDER }, 'no SMTP_URL: mails are written to a folder');
  });
  app.addHook('onClose', async () => {
    await exports.close();
    await resetRequests.close();
    await mailer.close();
    await retention.close();
    await grantSweep.close();
    await changedUsers.close();
    await erasures.close();
    await events.close();
    await revocations.close();
  });
  return app;
}
