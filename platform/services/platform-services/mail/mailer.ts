import type { Log } from '../../../kit/observe/log.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import type { MailContent } from './mail-content.ts';
import type { MailTransport } from './mail-transport.ts';
import { createMailWork } from './mail-work.ts';
import { type NewMail, sealMail, storeMail } from './outbox.ts';
import { type MailPage, pageLink } from './page-link.ts';

/** The outbox as the rest of the service uses it. */
export interface Mailer extends RecurringWork {
  /** Stores a mail in the transaction of the change. Call `wake` after the transaction. */
  store(tx: Pick<Transaction, 'query'>, mail: NewMail): Promise<{ stored: boolean }>;
  /** The content of a mail as a statement stores it that makes its change too. */
  seal(id: string, content: MailContent): Buffer;
  /** The address of a page, with the token of a mail. */
  linkTo(page: MailPage, token: string): string;
}

export interface MailerOptions {
  database: Database;
  /** Encrypts stored mails. */
  key: Buffer;
  /** Origin of the pages that mails link to. */
  publicUrl: string;
  transport: MailTransport;
  log: Log;
}

export function createMailer({ database, key, publicUrl, transport, log }: MailerOptions): Mailer {
  return {
    ...createMailWork({ database, key, transport, log }),
    store: (tx, mail) => storeMail(tx, key, mail),
    seal: (id, content) => sealMail(key, id, content),
    linkTo: (page, token) => pageLink(publicUrl, page, token),
  };
}
