import { randomUUID } from 'node:crypto';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { passwordChangedMail } from '../mail/templates.ts';

/** Time in which the notice of a change is useful, seconds. */
const noticeSeconds = 3 * 24 * 3600;

export interface PasswordReplacement {
  passwordHash: string;
  /** The session that stays; null: all end, because the password was reset by mail. */
  currentSessionId: string | null;
  origin: Origin;
}

/** Ends all sessions of the user except `keptId`. @returns their ids */
export async function endSessions(
  tx: Transaction,
  userId: string,
  { keptId, reason }: { keptId: string | null; reason: 'password_changed' | 'email_change_undone' },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update identity.sessions set revoked_at = now(), revoke_reason = $3
     where user_id = $1 and id is distinct from $2 and revoked_at is null returning id`,
    [userId, keptId, reason],
  );
  return rows.map(({ id }) => id);
}

async function notify(
  tx: Transaction,
  mailer: Mailer,
  who: Tenant,
  { currentSessionId, origin }: PasswordReplacement,
): Promise<void> {
  const { rows } = await tx.query<{ email: string; names: string[] }>(
    `select u.email, array(select t.name from identity.personal_tokens t
                           where t.user_id = u.id and coalesce(t.expires_at > now(), true) order by t.created_at) as names
     from identity.users u where u.id = $1`,
    [who.userId],
  );
  if (rows[0] === undefined) return;
  await mailer.store(tx, {
    id: randomUUID(),
    ...who,
    kind: 'password_changed',
    recipient: rows[0].email,
    content: passwordChangedMail({
      isReset: currentSessionId === null,
      address: origin.address,
      tokenNames: rows[0].names,
      forgotPasswordUrl: mailer.linkTo('/auth/forgot-password', ''),
    }),
    usefulSeconds: noticeSeconds,
  });
}

/**
 * Replaces the password, ends sessions and stores the mail about it.
 * @returns ids of the ended sessions
 */
export async function replacePasswordIn(
  tx: Transaction,
  mailer: Mailer,
  who: Tenant,
  replacement: PasswordReplacement,
): Promise<string[]> {
  const { passwordHash, currentSessionId, origin } = replacement;
  await tx.query(
    'update identity.users set password_hash = $2, password_changed_at = now(), updated_at = now() where id = $1',
    [who.userId, passwordHash],
  );
  const ended = await endSessions(tx, who.userId, { keptId: currentSessionId, reason: 'password_changed' });
  await notify(tx, mailer, who, replacement);
  await auditChange(tx, who, origin, {
    event: currentSessionId === null ? 'password_reset' : 'password_changed',
    details: { sessions_ended: ended.length },
  });
  return ended;
}
