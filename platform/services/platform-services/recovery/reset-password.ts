import { randomUUID } from 'node:crypto';
import { recoveryLimits } from '../../../contracts/platform-services/recovery.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { replacePasswordIn } from '../accounts/replace-password.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { passwordResetMail } from '../mail/templates.ts';
import { dropAccountTokens, issueAccountToken, useAccountToken } from './account-tokens.ts';
import { secondsUntilMail } from './mail-limit.ts';

const resetSeconds = recoveryLimits.resetMinutes * 60;
const limit = { kind: 'password_reset', mails: recoveryLimits.resetsPerHour, withinSeconds: 3600 } as const;

/**
 * Stores the request to reset a password, with the address as it was given: without it, no account could be found. The
 * row lasts until it is answered, usually less than a second, and at most as long as its link would. It does the same for every address, so neither the response nor its time shows
 * whether there is an account.
 */
export async function requestReset(database: Database, email: string, origin: Origin): Promise<void> {
  await database.query(
    {
      name: 'request_password_reset',
      text: `insert into identity.password_reset_requests (email, address, user_agent, request_id)
             values ($1, $2, $3, $4)`,
    },
    [email, origin.address, origin.userAgent, origin.requestId],
  );
}

/** Deletes requests for the address of an account that is deleted. */
export async function dropResetRequests(tx: Transaction, email: string): Promise<void> {
  await tx.query('delete from identity.password_reset_requests where lower(email) = lower($1)', [email]);
}

/** Sends a link to reset the password, unless the account has got too many. Runs as the account's tenant. */
export async function sendReset(
  tx: Transaction,
  mailer: Mailer,
  { who, email, origin }: { who: Tenant; email: string; origin: Origin },
): Promise<void> {
  if ((await secondsUntilMail(tx, who, limit)) > 0) {
    await auditChange(tx, who, origin, {
      event: 'password_reset_requested',
      outcome: 'failure',
      actorId: null,
    });
    return;
  }
  const token = await issueAccountToken(tx, who, {
    purpose: 'reset_password',
    email,
    seconds: resetSeconds,
  });
  await mailer.store(tx, {
    id: randomUUID(),
    ...who,
    kind: 'password_reset',
    recipient: email,
    content: passwordResetMail(mailer.linkTo('/auth/reset-password', token)),
    usefulSeconds: resetSeconds,
  });
  // Anyone can ask: the actor is not known.
  await auditChange(tx, who, origin, {
    event: 'password_reset_requested',
    actorId: null,
    subject: who.userId,
  });
}

interface Request {
  email: string;
  address: string;
  user_agent: string | null;
  request_id: string;
}

interface Found {
  id: string;
  tenant_id: string;
  email: string;
  is_active: boolean;
}

/**
 * Answers stored requests to reset a password: a mail for an active account, nothing for other addresses and for requests
 * that are too old.
 */
export function createResetRequests(options: {
  database: Database;
  mailer: Mailer;
  log: Log;
}): RecurringWork {
  const { database, mailer, log } = options;

  function answerOne(): Promise<boolean> {
    return database.transaction(async (tx) => {
      const { rows } = await tx.query<Request>({
        name: 'take_password_reset_request',
        text: `delete from identity.password_reset_requests where id = (
                 select id from identity.password_reset_requests order by id for update skip locked limit 1)
               returning email, address, user_agent, request_id`,
      });
      const [request] = rows;
      if (request === undefined) return false;
      const { rows: accounts } = await tx.query<Found>(
        'select id, tenant_id, email, is_active from identity.find_account($1)',
        [request.email],
      );
      const [account] = accounts;
      if (account?.is_active) {
        await tx.query(`select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`, [
          account.tenant_id,
          account.id,
        ]);
        await sendReset(tx, mailer, {
          who: { tenantId: account.tenant_id, userId: account.id },
          email: account.email,
          origin: {
            address: request.address,
            userAgent: request.user_agent,
            requestId: request.request_id,
            actingService: null,
            runId: null,
          },
        });
      }
      return true;
    });
  }

  return createRecurringWork({
    name: 'answering password resets',
    log,
    async work(signal) {
      await database.query(
        {
          name: 'drop_old_password_reset_requests',
          text: `delete from identity.password_reset_requests where created_at < now() - make_interval(secs => $1)`,
        },
        [resetSeconds],
      );
      let sent = false;
      while (!signal.aborted && (await answerOne())) sent = true;
      if (sent) mailer.wake();
    },
  });
}

/**
 * Sets a new password with the link of a mail and ends all sessions. The mail has proven the address.
 * @returns ids of the ended sessions, and the address of the account
 * @throws ProblemError `not_found`
 */
export function resetPassword(
  { database, mailer }: { database: Database; mailer: Mailer },
  { token, passwordHash, origin }: { token: string; passwordHash: string; origin: Origin },
): Promise<{ ended: string[]; email: string }> {
  return useAccountToken(database, token, 'reset_password', async (tx, { who, currentEmail, email }) => {
    const ended = await replacePasswordIn(tx, mailer, who, {
      passwordHash,
      currentSessionId: null,
      origin,
    });
    await tx.query(
      `update identity.users set email_verified_at = coalesce(email_verified_at, now())
       where id = $1 and lower(email) = lower($2)`,
      [who.userId, email],
    );
    await dropAccountTokens(tx, who, ['reset_password', 'change_email']);
    return { ended, email: currentEmail };
  });
}
