import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import { workOnClaims } from '../../../kit/service/claimed-work.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { attemptMs, MailRejected, type MailTransport } from './mail-transport.ts';
import { type ClaimedMail, claimMail, deleteOldMails, finishMail, openMail, postponeMail } from './outbox.ts';

/** Duration of a claim, seconds: an attempt and storing its result. */
const leaseSeconds = attemptMs / 1_000 + 30;
/** Mails at the same time, so that one slow server reply does not block the others. */
const concurrency = 4;
/** Delays of a mail after temporary failures. */
const backoff: Backoff = { firstMs: 5_000, maxMs: 15 * 60_000, jitter: 0.2 };

/**
 * Sends the mails of the outbox, each at least once and with the same Message-ID: a process that dies between the
 * server's reply and its storing sends the mail again. Temporary failures are retried until the mail is no longer
 * useful. A mail that the server has rejected is kept without content, with the reason.
 */
export function createMailWork(options: {
  database: Database;
  /** Decrypts stored mails. */
  key: Buffer;
  transport: MailTransport;
  log: Log;
}): RecurringWork {
  const { database, key, transport, log } = options;

  async function attempt(mail: ClaimedMail, signal: AbortSignal): Promise<void> {
    const about = { mail: mail.id, kind: mail.kind };
    if (!mail.is_useful) {
      await finishMail(database, mail, 'It could not be sent in time.');
      log.warn(about, 'a mail was given up');
      return;
    }
    try {
      const { id, recipient, created_at } = mail;
      await transport({ ...openMail(key, mail), id, recipient, createdAt: new Date(created_at) }, signal);
    } catch (error) {
      // Replies of servers name the address, so they are kept in the table and not in the log.
      const reason = describeFailure(error);
      if (error instanceof MailRejected) {
        await finishMail(database, mail, reason);
        log.warn(about, 'a mail was rejected');
      } else {
        const seconds = signal.aborted ? 0 : backoffMs(backoff, mail.attempts) / 1_000;
        await postponeMail(database, mail, { seconds, error: reason });
        if (signal.aborted) return;
        log.warn({ ...about, code: (error as { code?: unknown }).code }, 'a mail was not sent; retrying');
      }
      return;
    }
    await finishMail(database, mail);
  }

  return createRecurringWork({
    name: 'sending mails',
    log,
    everyMs: 2_000,
    async work(signal) {
      await workOnClaims({ claim: () => claimMail(database, leaseSeconds), attempt, concurrency }, signal);
      await deleteOldMails(database);
    },
  });
}
