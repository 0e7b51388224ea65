import type { AccessClaims } from '../../../contracts/identity.ts';
import type { SessionInfo } from '../../../contracts/platform-services/authentication.ts';
import { publishRevocations } from '../../../kit/auth/revocations.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { SessionLife, UserRow } from '../accounts/accounts.ts';
import { auditValues, insertAudit, type Origin, type SecurityEvent } from '../audit/audit.ts';
import { newOpaqueToken, tokenHash } from './tokens.ts';

export interface SessionsOptions {
  database: Database;
  redis: RedisStore;
  life: SessionLife;
  /** Life of an access token, seconds: so long a revoked session must be remembered. */
  tokenSeconds: number;
}

export interface Refreshed {
  user: UserRow;
  sessionId: string;
  refreshToken: string;
}

export interface Sessions {
  /** @throws ProblemError `unauthenticated`, `token_expired` or `token_revoked` */
  refresh(token: string, origin: Origin): Promise<Refreshed>;
  /** Ends one session. False when the user has no such living session. */
  end(who: Tenant, sessionId: string, why: 'logout' | 'session_revoked', origin: Origin): Promise<boolean>;
  /** Makes the ends of sessions known to every service at once. */
  publishEnds(sessionIds: readonly string[]): Promise<void>;
  list(claims: AccessClaims): Promise<SessionInfo[]>;
  /** Whether the session is still alive in the database. */
  isAlive(claims: AccessClaims): Promise<boolean>;
}

const findRefreshToken = {
  name: 'find_refresh_token',
  // As text: JavaScript's dates end at milliseconds, and the comparison needs every digit.
  text: 'select tenant_id, session_id, user_id, seen_at::text as seen_at from identity.find_refresh_token($1)',
};

/** One row: the refresh token was good, is spent now, and a new one exists. No row: it was not good. */
const rotate = {
  name: 'rotate_refresh_token',
  text: `
    with spent as (
      update identity.refresh_tokens t set used_at = clock_timestamp()
      from identity.sessions s, identity.users u
      where t.token_hash = $1 and t.used_at is null and t.expires_at > now()
        and s.id = t.session_id and s.revoked_at is null and s.expires_at > now()
        and u.id = s.user_id and u.is_active
      returning t.tenant_id, t.session_id, s.expires_at as session_expires_at, u.id, u.email, u.name,
                u.first_name, u.last_name, u.role, u.is_active, u.created_at
    ), fresh as (
      insert into identity.refresh_tokens (token_hash, tenant_id, session_id, expires_at)
      select $2, tenant_id, session_id, least(now() + make_interval(days => $3), session_expires_at) from spent
    ), touched as (
      update identity.sessions set last_used_at = now() where id = (select session_id from spent)
    )
    select id, tenant_id, email, name, first_name, last_name, role, is_active, created_at from spent`,
};

const whyNot = {
  name: 'why_refresh_failed',
  text: `
    select t.used_at is not null and t.used_at < $2::timestamptz as reused,
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
  const { database, redis, life, tokenSeconds } = options;

  async function publishEnds(sessionIds: readonly string[]): Promise<void> {
    try {
      await publishRevocations(redis, sessionIds, Math.ceil(Date.now() / 1000) + tokenSeconds);
    } catch (cause) {
      // Saying "done" would be a lie: access tokens of these sessions still work elsewhere.
      throw problem('not_ready', { message: 'The session could not be ended everywhere. Try again.', cause });
    }
  }

  async function end(who: Tenant, sessionId: string, why: SecurityEvent, origin: Origin): Promise<boolean> {
    const ended = await database.withTenant(who, async (tx) => {
      const { rowCount } = await tx.query(endSession, [sessionId, who.userId, why]);
      if (rowCount === 0) return false;
      const outcome = why === 'refresh_reuse' ? 'failure' : 'success';
      const entry = {
        event: why,
        outcome,
        tenantId: who.tenantId,
        actorId: who.userId,
        subject: sessionId,
      } as const;
      await tx.query(insertAudit, auditValues(entry, origin));
      return true;
    });
    return ended;
  }

  async function refuse(hash: Buffer, seenAt: string, who: Tenant, sessionId: string, origin: Origin) {
    const { rows } = await database.tenantQuery<{ reused: boolean; expired: boolean }>(who, whyNot, [
      hash,
      seenAt,
    ]);
    if (rows[0]?.expired) return problem('token_expired');
    // Spent before this request arrived: somebody kept a copy. Spent while it was on its way: two refreshes met.
    if (rows[0]?.reused && (await end(who, sessionId, 'refresh_reuse', origin)))
      await publishEnds([sessionId]);
    return problem('token_revoked');
  }

  return {
    publishEnds,
    async refresh(token, origin) {
      const hash = tokenHash(token);
      const found = await database.query<{
        tenant_id: string;
        session_id: string;
        user_id: string;
        seen_at: string;
      }>(findRefreshToken, [hash]);
      const known = found.rows[0];
      if (known === undefined)
        throw problem('unauthenticated', { message: 'This refresh token is unknown.' });
      const who = { tenantId: known.tenant_id, userId: known.user_id };
      const fresh = newOpaqueToken();
      const { rows } = await database.tenantQuery<UserRow>(who, rotate, [hash, fresh.hash, life.refreshDays]);
      const user = rows[0];
      if (user === undefined) throw await refuse(hash, known.seen_at, who, known.session_id, origin);
      return { user, sessionId: known.session_id, refreshToken: fresh.token };
    },
    async end(who, sessionId, why, origin) {
      const ended = await end(who, sessionId, why, origin);
      // Published also when it had ended before: a first try may have failed at this very step.
      if (ended || why === 'logout') await publishEnds([sessionId]);
      return ended;
    },
    async list(claims) {
      const { rows } = await database.tenantQuery<Omit<SessionInfo, 'current'>>(
        { tenantId: claims.tenant_id, userId: claims.user_id },
        {
          name: 'list_sessions',
          text: `select id, address, user_agent, created_at, last_used_at, expires_at from identity.sessions
                 where user_id = $1 and revoked_at is null and expires_at > now()
                 order by last_used_at desc, id limit 100`,
        },
        [claims.user_id],
      );
      return rows.map((row) => ({ ...row, current: row.id === claims.session_id }));
    },
    async isAlive(claims) {
      const { rows } = await database.tenantQuery(
        { tenantId: claims.tenant_id, userId: claims.user_id },
        {
          name: 'session_alive',
          text: `select 1 from identity.sessions s join identity.users u on u.id = s.user_id
                 where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and u.is_active`,
        },
        [claims.session_id, claims.user_id],
      );
      return rows.length === 1;
    },
  };
}
