import { randomUUID } from 'node:crypto';
import { recoveryLimits } from '../../../contracts/platform-services/recovery.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { verificationMail } from '../mail/templates.ts';
import { dropAccountTokens, issueAccountToken, useAccountToken } from './account-tokens.ts';
import { assertMayMail } from './mail-limit.ts';

/** Lifetime of the link that confirms an address, seconds. */
export const verificationSeconds = recoveryLimits.verificationHours * 3600;

const limit = {
  kind: 'email_verification',
  mails: recoveryLimits.verificationsPerDay,
  withinSeconds: 24 * 3600,
  pauseSeconds: recoveryLimits.verificationPauseSeconds,
} as const;

async function sendVerification(tx: Transaction, mailer: Mailer, who: Tenant, email: string): Promise<void> {
  const token = await issueAccountToken(tx, who, {
    purpose: 'verify_email',
    email,
    seconds: verificationSeconds,
  });
  await mailer.store(tx, {
    id: randomUUID(),
    ...who,
    kind: 'email_verification',
    recipient: email,
    content: verificationMail(mailer.linkTo('/auth/verify-email', token)),
    usefulSeconds: verificationSeconds,
  });
}

/**
 * Sends the link that confirms the address again. Earlier links keep working.
 * @throws ProblemError `conflict` when the address is confirmed; `rate_limited`; `token_revoked` without an account
 */
export async function resendVerification(
  { database, mailer }: { database: Database; mailer: Mailer },
  who: Tenant,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ email: string; verified: boolean }>(
      `select email, email_verified_at is not null as verified from identity.users
       where id = $1 and is_active for update`,
      [who.userId],
    );
    const [user] = rows;
    if (user === undefined) throw problem('token_revoked');
    if (user.verified) throw problem('conflict', { message: 'This address is confirmed already.' });
    await assertMayMail(tx, who, limit);
    await sendVerification(tx, mailer, who, user.email);
  });
  mailer.wake();
}

/** Confirms the address of an account. @throws ProblemError `not_found` */
export async function verifyEmail(database: Database, token: string, origin: Origin): Promise<void> {
  await useAccountToken(database, token, 'verify_email', async (tx, { who, email }) => {
    const { rowCount } = await tx.query(
      `update identity.users set email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
       where id = $1 and lower(email) = lower($2)`,
      [who.userId, email],
    );
    // The account has changed its address since.
    if (rowCount === 0) throw problem('not_found', { message: 'This link is not valid any more.' });
    await dropAccountTokens(tx, who, ['verify_email']);
    await auditChange(tx, who, origin, { event: 'email_verified' });
  });
}
