import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { User } from '../../../contracts/identity.ts';
import type { Registration } from '../../../contracts/platform-services/authentication.ts';
import { type ProblemError, problem } from '../../../kit/http/problem.ts';
import { type Database, isSqlState, sqlState, type Tenant } from '../../../kit/postgres/database.ts';
import { auditValues, insertAudit, type Origin } from '../audit/audit.ts';
import { newOpaqueToken, tokenHash } from '../sessions/tokens.ts';
import { joinStatement, registerStatement } from './register-statement.ts';

export type UserRow = Omit<User, 'is_active'> & { is_active: boolean };

/** An account with what only this service may see. */
export interface Account extends UserRow {
  password_hash: string;
}

/** What a started session hands to its user. */
export interface StartedSession {
  user: UserRow;
  sessionId: string;
  refreshToken: string;
  workspaceId: string | null;
}

export interface SessionLife {
  refreshDays: number;
  sessionDays: number;
}

const findAccountStatement = {
  name: 'find_account',
  text: 'select * from identity.find_account($1)',
};

/** The account of an address, in whatever tenant it is. */
export async function findAccount(database: Database, email: string): Promise<Account | undefined> {
  const { rows } = await database.query<Account>(findAccountStatement, [email]);
  return rows[0];
}

function displayName(registration: z.output<typeof Registration>): string {
  const full = [registration.first_name, registration.last_name].filter(Boolean).join(' ');
  return registration.name ?? (full || (registration.email.split('@')[0] as string));
}

function isDuplicate(error: unknown): boolean {
  return isSqlState(error, sqlState.uniqueViolation, 'users_email_unique');
}

interface Registered {
  created_at: string;
  workspace_id: string;
}

/**
 * Creates an account with its first session, and the event `user.registered` to be published, in one statement: all
 * of it exists or none.
 * The unique index decides between simultaneous registrations of one address.
 * @throws ProblemError `duplicate_email`, or `not_found` for an invitation that is unknown, spent, too old or
 * somebody else's
 */
export async function createAccount(
  database: Database,
  registration: z.output<typeof Registration>,
  options: { passwordHash: string; origin: Origin; life: SessionLife },
): Promise<StartedSession> {
  const { origin, life } = options;
  const userId = randomUUID();
  const sessionId = randomUUID();
  const refresh = newOpaqueToken();
  const name = displayName(registration);
  const tenantId =
    registration.invitation === undefined
      ? randomUUID()
      : await invitingTenant(database, registration.invitation, registration.email);
  const audit = auditValues({ event: 'register', outcome: 'success', tenantId, actorId: userId }, origin);
  const common = [
    tenantId,
    userId,
    registration.email,
    name,
    registration.first_name ?? null,
    registration.last_name ?? null,
    options.passwordHash,
    sessionId,
    origin.address,
    origin.userAgent,
    refresh.hash,
    life.refreshDays,
    life.sessionDays,
    audit[0],
    origin.requestId,
  ];
  let row: Registered | undefined;
  try {
    const { rows } = await database.tenantQuery<Registered>(
      { tenantId, userId },
      registration.invitation === undefined ? registerStatement : joinStatement,
      registration.invitation === undefined ? common : [...common, tokenHash(registration.invitation)],
    );
    row = rows[0];
  } catch (error) {
    if (isDuplicate(error)) throw problem('duplicate_email', { cause: error });
    throw error;
  }
  if (row === undefined) throw unusableInvitation();
  return {
    sessionId,
    refreshToken: refresh.token,
    workspaceId: row.workspace_id,
    user: {
      id: userId,
      email: registration.email,
      name,
      first_name: registration.first_name ?? null,
      last_name: registration.last_name ?? null,
      role: 'user',
      tenant_id: tenantId,
      is_active: true,
      created_at: row.created_at,
    },
  };
}

function unusableInvitation(): ProblemError {
  return problem('not_found', { message: 'This invitation cannot be used.' });
}

async function invitingTenant(database: Database, token: string, email: string): Promise<string> {
  const { rows } = await database.query<{ tenant_id: string; email: string }>(
    { name: 'find_invitation', text: 'select * from identity.find_invitation($1)' },
    [tokenHash(token)],
  );
  const found = rows[0];
  if (found === undefined || found.email.toLowerCase() !== email.toLowerCase()) throw unusableInvitation();
  return found.tenant_id;
}

const startSessionStatement = {
  name: 'start_session',
  text: `
    with session as (
      insert into identity.sessions (id, tenant_id, user_id, address, user_agent, expires_at)
      values ($1, $2, $3, $4, $5, now() + make_interval(days => $8))
      returning id
    ), refresh as (
      insert into identity.refresh_tokens (token_hash, tenant_id, session_id, expires_at)
      select $6, $2, id, now() + make_interval(days => least($7::int, $8::int)) from session
    ), seen as (
      update identity.users set last_login_at = now() where id = $3
    ), audit as (
      insert into identity.audit_events (id, tenant_id, actor_id, event, outcome, address, user_agent, request_id)
      values ($9, $2, $3, 'login', 'success', $4, $5, $10)
    )
    select (
      select m.workspace_id from identity.workspace_members m
      join identity.workspaces w on w.id = m.workspace_id
      where m.user_id = $3
      order by w.is_default desc, m.added_at
      limit 1
    ) as workspace_id`,
};

/** Starts a session for an account whose password has been checked. */
export async function startSession(
  database: Database,
  account: Account,
  options: { origin: Origin; life: SessionLife },
): Promise<StartedSession> {
  const { origin, life } = options;
  const { password_hash: _hash, ...user } = account;
  const sessionId = randomUUID();
  const refresh = newOpaqueToken();
  const { rows } = await database.tenantQuery<{ workspace_id: string | null }>(
    { tenantId: user.tenant_id, userId: user.id },
    startSessionStatement,
    [
      sessionId,
      user.tenant_id,
      user.id,
      origin.address,
      origin.userAgent,
      refresh.hash,
      life.refreshDays,
      life.sessionDays,
      randomUUID(),
      origin.requestId,
    ],
  );
  return { user, sessionId, refreshToken: refresh.token, workspaceId: rows[0]?.workspace_id ?? null };
}

/** Writes down a failed sign-in. That of an unknown address belongs to no tenant. */
export async function auditFailedLogin(
  database: Database,
  account: Account | undefined,
  options: { origin: Origin; locked: boolean },
): Promise<void> {
  const entry = {
    event: options.locked ? ('account_locked' as const) : ('login' as const),
    outcome: 'failure' as const,
    tenantId: account?.tenant_id ?? null,
    actorId: account?.id ?? null,
  };
  const values = auditValues(entry, options.origin);
  if (account === undefined) await database.query(insertAudit, values);
  else await database.tenantQuery({ tenantId: account.tenant_id, userId: account.id }, insertAudit, values);
}

/**
 * Deletes an account, and with the owner of a tenant the whole tenant. Its security events stay.
 * @returns the ids of the sessions that end with it; none when there was no such account
 */
export async function deleteAccount(database: Database, who: Tenant, origin: Origin): Promise<string[]> {
  return database.withTenant(who, async (tx) => {
    const sessions = await tx.query<{ id: string }>(
      `select s.id from identity.sessions s
       where s.revoked_at is null
         and (s.user_id = $1 or exists (select 1 from identity.tenants where owner_id = $1))`,
      [who.userId],
    );
    const tenants = await tx.query('delete from identity.tenants where owner_id = $1', [who.userId]);
    const users = await tx.query('delete from identity.users where id = $1', [who.userId]);
    if (tenants.rowCount + users.rowCount === 0) return [];
    const entry = {
      event: 'user_deleted',
      outcome: 'success',
      tenantId: who.tenantId,
      actorId: null,
    } as const;
    await tx.query(insertAudit, auditValues({ ...entry, subject: who.userId }, origin));
    return sessions.rows.map(({ id }) => id);
  });
}
