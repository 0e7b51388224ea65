import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { User } from '../../../contracts/identity.ts';
import type { Registration } from '../../../contracts/platform-services/authentication.ts';
import { type ProblemError, problem } from '../../../kit/http/problem.ts';
import { type Database, isSqlState, sqlState, type Tenant } from '../../../kit/postgres/database.ts';
import { auditValues, insertAudit, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { verificationMail } from '../mail/templates.ts';
import { verificationSeconds } from '../recovery/verify-email.ts';
import { newOpaqueToken, tokenHash } from '../sessions/tokens.ts';
import { joinStatement, registerStatement } from './register-statement.ts';

/** An account with the password hash, which never leaves this service. */
export interface Account extends User {
  password_hash: string;
}

export interface StartedSession {
  user: User;
  sessionId: string;
  refreshToken: string;
  workspaceId: string | null;
}

export interface SessionLifetime {
  /** Maximum age of a refresh token, days. */
  refreshDays: number;
  /** Maximum age of a session, days. */
  sessionDays: number;
}

const findAccountStatement = {
  name: 'find_account',
  text: 'select * from identity.find_account($1)',
};

/** Finds the account of an address in any tenant. */
export async function findAccount(database: Database, email: string): Promise<Account | undefined> {
  const { rows } = await database.query<Account>(findAccountStatement, [email]);
  return rows[0];
}

/** @throws ProblemError `token_revoked` when the account is deleted or inactive */
export async function currentAccount(database: Database, who: Tenant): Promise<Account> {
  const { rows } = await database.tenantQuery<Account>(
    who,
    {
      name: 'read_user',
      text: `select id, tenant_id, email, name, first_name, last_name, role, is_active,
                    email_verified_at is not null as email_verified, created_at, password_hash
             from identity.users where id = $1`,
    },
    [who.userId],
  );
  const account = rows[0];
  if (account === undefined || !account.is_active) throw problem('token_revoked');
  return account;
}

function displayName(registration: z.output<typeof Registration>): string {
  const full = [registration.first_name, registration.last_name].filter(Boolean).join(' ');
  return registration.name ?? (full || (registration.email.split('@')[0] as string));
}

/**
 * Creates an account, its first session, the mail that confirms its address and the event `user.registered` in one
 * statement: all of them or none.
 * A unique index decides between simultaneous registrations of one address.
 * @throws ProblemError `duplicate_email`; `not_found` when the invitation is unknown, used, expired or for another
 * address
 */
export async function createAccount(
  database: Database,
  registration: z.output<typeof Registration>,
  options: { passwordHash: string; origin: Origin; lifetime: SessionLifetime; mailer: Mailer },
): Promise<StartedSession> {
  const { origin, lifetime, mailer } = options;
  const { email, invitation, first_name = null, last_name = null } = registration;
  const userId = randomUUID();
  const sessionId = randomUUID();
  const refresh = newOpaqueToken();
  const verification = newOpaqueToken();
  const mailId = randomUUID();
  const name = displayName(registration);
  const tenantId =
    invitation === undefined ? randomUUID() : await invitingTenant(database, invitation, email);
  const values = [
    tenantId,
    userId,
    email,
    name,
    first_name,
    last_name,
    options.passwordHash,
    sessionId,
    origin.address,
    origin.userAgent,
    refresh.hash,
    lifetime.refreshDays,
    lifetime.sessionDays,
    randomUUID(),
    origin.requestId,
    verification.hash,
    verificationSeconds,
    mailId,
    mailer.seal(mailId, verificationMail(mailer.linkTo('/auth/verify-email', verification.token))),
  ];
  let row: { created_at: string; workspace_id: string; tenant_role: User['role'] } | undefined;
  try {
    const { rows } = await database.tenantQuery<NonNullable<typeof row>>(
      { tenantId, userId },
      invitation === undefined ? registerStatement : joinStatement,
      invitation === undefined ? values : [...values, tokenHash(invitation)],
    );
    row = rows[0];
  } catch (error) {
    if (isSqlState(error, sqlState.uniqueViolation, 'users_email_unique'))
      throw problem('duplicate_email', { cause: error });
    // The owner has just deleted the tenant.
    if (isSqlState(error, sqlState.foreignKeyViolation)) throw invalidInvitation();
    throw error;
  }
  if (row === undefined) throw invalidInvitation();
  return {
    sessionId,
    refreshToken: refresh.token,
    workspaceId: row.workspace_id,
    user: {
      id: userId,
      email,
      name,
      first_name,
      last_name,
      role: row.tenant_role,
      tenant_id: tenantId,
      is_active: true,
      email_verified: false,
      created_at: row.created_at,
    },
  };
}

export function invalidInvitation(): ProblemError {
  return problem('not_found', { message: 'This invitation is not valid.' });
}

/** Tenant and address of an invitation, also of a used or expired one. */
export async function findInvitation(
  database: Database,
  token: string,
): Promise<{ tenant_id: string; email: string } | undefined> {
  const { rows } = await database.query<{ tenant_id: string; email: string }>(
    { name: 'find_invitation', text: 'select * from identity.find_invitation($1)' },
    [tokenHash(token)],
  );
  return rows[0];
}

async function invitingTenant(database: Database, token: string, email: string): Promise<string> {
  const found = await findInvitation(database, token);
  if (found === undefined || found.email.toLowerCase() !== email.toLowerCase()) throw invalidInvitation();
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

/**
 * Starts a session. The caller must have verified the password.
 * @throws ProblemError `invalid_credentials` when the account has just been deleted
 */
export async function startSession(
  database: Database,
  account: Account,
  options: { origin: Origin; lifetime: SessionLifetime },
): Promise<StartedSession> {
  const { origin, lifetime } = options;
  const { password_hash: _hash, ...user } = account;
  const sessionId = randomUUID();
  const refresh = newOpaqueToken();
  const { rows } = await database
    .tenantQuery<{ workspace_id: string | null }>(
      { tenantId: user.tenant_id, userId: user.id },
      startSessionStatement,
      [
        sessionId,
        user.tenant_id,
        user.id,
        origin.address,
        origin.userAgent,
        refresh.hash,
        lifetime.refreshDays,
        lifetime.sessionDays,
        randomUUID(),
        origin.requestId,
      ],
    )
    .catch((error: unknown) => {
      throw isSqlState(error, sqlState.foreignKeyViolation)
        ? problem('invalid_credentials', { cause: error })
        : error;
    });
  return { user, sessionId, refreshToken: refresh.token, workspaceId: rows[0]?.workspace_id ?? null };
}

/** Logs a failed sign-in to the audit log. A sign-in with an unknown address belongs to no tenant. */
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
