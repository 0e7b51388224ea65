import type { AccessClaims, User } from '../../../contracts/identity.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import type { SessionInfo } from '../../../contracts/platform-services/authentication.ts';
import { publishRevocations } from '../../../kit/auth/revocations.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { type ProblemError, problem, storeProblem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { SessionLifetime } from '../accounts/accounts.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { readSessions } from './read-sessions.ts';
import { createRefreshAnswers } from './refresh-arrivals.ts';
import { newOpaqueToken, tokenHash } from './tokens.ts';

export interface SessionsOptions {
  database: Database;
  redis: RedisStore;
  lifetime: SessionLifetime;
  publishLive: PublishLiveEvent;
  /** Lifetime of an access token, seconds. A revocation is remembered for this time. */
  tokenSeconds: number;
  /** Time in which a used refresh token works again while its successor is unused, seconds; 0 for never. */
  graceSeconds: number;
}

export interface Sessions {
  /**
   * @param arrivedAtMs when the request arrived at the platform, milliseconds since the epoch
   * @throws ProblemError `unauthenticated`, `token_expired` or `token_revoked`
   */
  refresh(
    token: string,
    origin: Origin,
    arrivedAtMs: number,
  ): Promise<{ user: User; sessionId: string; refreshToken: string }>;
  /** Ends one session. False when the user has no such active session. */
  end(who: Tenant, sessionId: string, reason: 'logout' | 'session_revoked', origin: Origin): Promise<boolean>;
  /** Tells every service at once that sessions have ended. @throws ProblemError `not_ready` */
  publishEnds(sessionIds: readonly string[]): Promise<void>;
  list(claims: AccessClaims, paging: Paging): Promise<Paged & { sessions: SessionInfo[] }>;
  /** Whether the database has the session as active. */
  isActive(claims: AccessClaims): Promise<boolean>;
}

const findRefreshToken = {
  name: 'find_refresh_token',
  text: 'select tenant_id, session_id, user_id from identity.find_refresh_token($1)',
};

/**
 * Marks a valid refresh token as used and inserts its successor. No row when the token is not valid. Within the grace
 * period ($4, seconds) a used token is valid as long as no later token of its session has been used.
 */
const rotate = {
  name: 'rotate_refresh_token',
  text: `
    with used as (
      update identity.refresh_tokens t set used_at = coalesce(t.used_at, clock_timestamp())
      from identity.sessions s, identity.users u
      where t.token_hash = $1 and t.expires_at > now()
        and (t.used_at is null or t.used_at > clock_timestamp() - make_interval(secs => $4::int) and not exists (
          select from identity.refresh_tokens later
          where later.session_id = t.session_id and later.created_at > t.created_at and later.used_at is not null))
        and s.id = t.session_id and s.revoked_at is null and s.expires_at > now()
        and u.id = s.user_id and u.is_active
      returning t.tenant_id, t.session_id, s.expires_at as session_expires_at, u.id, u.email, u.name,
                u.first_name, u.last_name, u.role, u.is_active, u.email_verified_at, u.created_at
    ), fresh as (
      insert into identity.refresh_tokens (token_hash, tenant_id, session_id, expires_at)
      select $2, tenant_id, session_id, least(now() + make_interval(days => $3), session_expires_at) from used
    ), touched as (
      update identity.sessions set last_used_at = now() where id = (select session_id from used)
    )
    select id, tenant_id, email, name, first_name, last_name, role, is_active,
           email_verified_at is not null as email_verified, created_at
    from used`,
};

/** $2: arrival of the request. It is cut to milliseconds, so its whole millisecond counts as later than a use in it. */
const refreshFailure = {
  name: 'why_refresh_failed',
  text: `
    select t.used_at is not null and t.used_at < to_timestamp(($2::float8 + 1) / 1000) as reused,
           t.used_at is null and t.expires_at <= now() as expired
    from identity.refresh_tokens t where t.token_hash = $1`,
};

const endSession = {
  name: 'end_session',
  text: `
    update identity.sessions set revoked_at = now(), revoke_reason = $3
    where id = $1 and user_id = $2 and revoked_at is null`,
};

export function createSessions(options: SessionsOptions): Sessions {
  const { database, redis, publishLive, lifetime, tokenSeconds, graceSeconds } = options;
  const answers = createRefreshAnswers();

  async function publishEnds(sessionIds: readonly string[]): Promise<void> {
    try {
      await publishRevocations(redis, sessionIds, Math.ceil(Date.now() / 1000) + tokenSeconds);
    } catch (cause) {
      // Success would be wrong: access tokens of these sessions still work in other services.
      throw storeProblem(cause, 'The session could not be ended everywhere. Try again.');
    }
  }

  async function end(
    who: Tenant,
    sessionId: string,
    reason: 'logout' | 'session_revoked' | 'refresh_reuse',
    origin: Origin,
  ): Promise<boolean> {
    return database.withTenant(who, async (tx) => {
      const { rowCount } = await tx.query(endSession, [sessionId, who.userId, reason]);
      if (rowCount === 0) return false;
      const outcome = reason === 'refresh_reuse' ? 'failure' : 'success';
      await auditChange(tx, who, origin, { event: reason, subject: sessionId, outcome });
      return true;
    });
  }

  /** Ends access tokens of a session everywhere, then tells the user's other connections. */
  async function announceEnd({ userId }: Tenant, sessionId: string, reason: string): Promise<void> {
    await publishEnds([sessionId]);
    const data = { session_id: sessionId, reason };
    publishLive('account.session_ended.v1', { userId, subject: sessionId, data });
  }

  /** Finds out why a refresh token is not valid. A reused one ends its session. */
  async function rejectRefresh(
    { hash, arrivedAtMs, sessionId }: { hash: Buffer; arrivedAtMs: number; sessionId: string },
    who: Tenant,
    origin: Origin,
  ): Promise<ProblemError> {
    const { rows } = await database.tenantQuery<{ reused: boolean; expired: boolean }>(who, refreshFailure, [
      hash,
      arrivedAtMs,
    ]);
    if (rows[0]?.expired) return problem('token_expired');
    // Used before this request arrived: the token was copied. Used or answered afterwards: two refreshes raced.
    const raced = answers.isAfter(hash, arrivedAtMs);
    if (rows[0]?.reused && !raced && (await end(who, sessionId, 'refresh_reuse', origin)))
      await announceEnd(who, sessionId, 'refresh_reuse');
    return problem('token_revoked');
  }

  return {
    publishEnds,
    async refresh(token, origin, arrivedAtMs) {
      const hash = tokenHash(token);
      const found = await database.query<{
        tenant_id: string;
        session_id: string;
        user_id: string;
      }>(findRefreshToken, [hash]);
      const known = found.rows[0];
      if (known === undefined)
        throw problem('unauthenticated', { message: 'This refresh token is unknown.' });
      const who = { tenantId: known.tenant_id, userId: known.user_id };
      const sessionId = known.session_id;
      const fresh = newOpaqueToken();
      const { rows } = await database.tenantQuery<User>(who, rotate, [
        hash,
        fresh.hash,
        lifetime.refreshDays,
        graceSeconds,
      ]);
      const user = rows[0];
      if (user === undefined) throw await rejectRefresh({ hash, arrivedAtMs, sessionId }, who, origin);
      answers.add(hash);
      return { user, sessionId, refreshToken: fresh.token };
    },
    async end(who, sessionId, reason, origin) {
      const ended = await end(who, sessionId, reason, origin);
      // A logout also publishes a session that has already ended: the first attempt may have failed right here.
      if (ended || reason === 'logout') await announceEnd(who, sessionId, reason);
      return ended;
    },
    async list(claims, paging) {
      const { entries, ...page } = await readSessions(database, tenantOf(claims), paging);
      return {
        sessions: entries.map((entry) => ({ ...entry, current: entry.id === claims.session_id })),
        ...page,
      };
    },
    async isActive(claims) {
      const { rows } = await database.tenantQuery(
        tenantOf(claims),
        {
          name: 'session_active',
          text: `select 1 from identity.sessions s join identity.users u on u.id = s.user_id
                 where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and u.is_active`,
        },
        [claims.session_id, claims.user_id],
      );
      return rows.length === 1;
    },
  };
}
