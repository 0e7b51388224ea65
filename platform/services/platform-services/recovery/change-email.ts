import { randomUUID } from 'node:crypto';
import { recoveryLimits } from '../../../contracts/platform-services/recovery.ts';
import { problem } from '../../../kit/http/problem.ts';
import {
  type Database,
  isSqlState,
  sqlState,
  type Tenant,
  type Transaction,
} from '../../../kit/postgres/database.ts';
import { endSessions } from '../accounts/replace-password.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { emailChangedMail, emailChangeMail } from '../mail/templates.ts';
import { dropAccountTokens, issueAccountToken, useAccountToken } from './account-tokens.ts';
import { assertMayMail } from './mail-limit.ts';
import { sendReset } from './reset-password.ts';
import { verificationSeconds } from './verify-email.ts';

export interface ChangeEmailDeps {
  database: Database;
  mailer: Mailer;
}

const undoSeconds = recoveryLimits.undoDays * 24 * 3600;
const limit = {
  kind: 'email_change',
  mails: recoveryLimits.verificationsPerDay,
  withinSeconds: 24 * 3600,
} as const;

/**
 * Sends the link that changes the address to the new one. A later request makes earlier links invalid. The caller must
 * have verified the password.
 * @throws ProblemError `duplicate_email` or `rate_limited`
 */
export async function requestEmailChange(
  { database, mailer }: ChangeEmailDeps,
  who: Tenant,
  { newEmail, origin }: { newEmail: string; origin: Origin },
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    await assertMayMail(tx, who, limit);
    const taken = await tx.query<{ id: string }>('select id from identity.find_account($1)', [newEmail]);
    // An account may change the case of its own address.
    if (taken.rows.some(({ id }) => id !== who.userId)) throw problem('duplicate_email');
    await dropAccountTokens(tx, who, ['change_email']);
    const token = await issueAccountToken(tx, who, {
      purpose: 'change_email',
      email: newEmail,
      seconds: verificationSeconds,
    });
    await mailer.store(tx, {
      id: randomUUID(),
      ...who,
      kind: 'email_change',
      recipient: newEmail,
      content: emailChangeMail(mailer.linkTo('/auth/confirm-email', token)),
      usefulSeconds: verificationSeconds,
    });
    await auditChange(tx, who, origin, { event: 'email_change_requested' });
  });
  mailer.wake();
}

/** @throws ProblemError `duplicate_email` when another account has the address by now */
async function setEmail(tx: Transaction, who: Tenant, email: string): Promise<void> {
  try {
    await tx.query(
      'update identity.users set email = $2, email_verified_at = now(), updated_at = now() where id = $1',
      [who.userId, email],
    );
  } catch (error) {
    if (isSqlState(error, sqlState.uniqueViolation, 'users_email_unique'))
      throw problem('duplicate_email', { cause: error });
    throw error;
  }
}

/**
 * Changes the address with the link of the mail to the new one, and sends the former one a link that undoes it.
 * @throws ProblemError `not_found` or `duplicate_email`
 */
export async function confirmEmailChange(
  { database, mailer }: ChangeEmailDeps,
  { token, origin }: { token: string; origin: Origin },
): Promise<void> {
  await useAccountToken(database, token, 'change_email', async (tx, { who, email, currentEmail }) => {
    await setEmail(tx, who, email);
    // Their links went to the former address.
    await dropAccountTokens(tx, who, ['verify_email', 'reset_password']);
    const undo = await issueAccountToken(tx, who, {
      purpose: 'undo_email_change',
      email: currentEmail,
      seconds: undoSeconds,
    });
    await mailer.store(tx, {
      id: randomUUID(),
      ...who,
      kind: 'email_change_notice',
      recipient: currentEmail,
      content: emailChangedMail(email, mailer.linkTo('/auth/undo-email-change', undo)),
      usefulSeconds: undoSeconds,
    });
    await auditChange(tx, who, origin, { event: 'email_changed' });
  });
  mailer.wake();
}

/**
 * Restores the former address, ends all sessions and sends a link to reset the password: the person who changed the address
 * knows the password. Links that undo later changes become invalid, since they restore addresses of the same person.
 * @returns ids of the ended sessions
 * @throws ProblemError `not_found` or `duplicate_email`
 */
export async function undoEmailChange(
  { database, mailer }: ChangeEmailDeps,
  { token, origin }: { token: string; origin: Origin },
): Promise<string[]> {
  const ended = await useAccountToken(database, token, 'undo_email_change', async (tx, { who, email }) => {
    await setEmail(tx, who, email);
    await dropAccountTokens(tx, who, ['verify_email', 'reset_password', 'change_email', 'undo_email_change']);
    const sessions = await endSessions(tx, who.userId, { keptId: null, reason: 'email_change_undone' });
    await auditChange(tx, who, origin, {
      event: 'email_change_undone',
      details: { sessions_ended: sessions.length },
    });
    await sendReset(tx, mailer, { who, email, origin });
    return sessions;
  });
  mailer.wake();
  return ended;
}
