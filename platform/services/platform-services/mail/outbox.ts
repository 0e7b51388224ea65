import { decrypt, encrypt } from '../../../kit/auth/encryption.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import { type MailContent, type RenderedMail, renderMail } from './mail-content.ts';

/** Kinds of mails, for limits and for operators. Never reuse a name for another meaning. */
export type MailKind =
  | 'email_verification'
  | 'password_reset'
  | 'password_changed'
  | 'email_change'
  | 'email_change_notice'
  | 'invitation'
  | 'export_ready'
  | 'workflow';

export interface NewMail {
  id: string;
  tenantId: string;
  /** The user whom the mail is about or who sends it. The mail is erased with this account. */
  userId: string;
  kind: MailKind;
  recipient: string;
  content: MailContent;
  /** Time after which the mail is given up, seconds from now. */
  usefulSeconds: number;
}

/** A claimed mail. */
export interface ClaimedMail {
  id: string;
  tenant_id: string;
  user_id: string;
  kind: string;
  recipient: string;
  content: Buffer;
  attempts: number;
  created_at: string;
  /** Whether it is still worth sending. */
  is_useful: boolean;
}

/** Days for which it is known that a mail was sent or why not. */
const keepDays = 30;

/** The content of a mail as it is stored. */
export function sealMail(key: Buffer, id: string, content: MailContent): Buffer {
  return encrypt(key, mailName(id), Buffer.from(JSON.stringify(renderMail(content))));
}

const mailName = (id: string) => `mail ${id}`;

const insertMail = {
  name: 'insert_mail',
  text: `insert into identity.mails (id, tenant_id, user_id, kind, recipient, content, useful_until)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)) on conflict (id) do nothing`,
};

/**
 * Stores a mail in the transaction of the change that it reports, as the tenant of the mail. Storing the same id again
 * has no effect. Wake the outbox after the transaction.
 */
export async function storeMail(
  tx: Pick<Transaction, 'query'>,
  key: Buffer,
  mail: NewMail,
): Promise<{ stored: boolean }> {
  const { id, tenantId, userId, kind, recipient, content, usefulSeconds } = mail;
  const { rowCount } = await tx.query(insertMail, [
    id,
    tenantId,
    userId,
    kind,
    recipient,
    sealMail(key, id, content),
    usefulSeconds,
  ]);
  return { stored: rowCount === 1 };
}

/** Claims the mail that has been due longest; undefined when none is due. */
export async function claimMail(database: Database, leaseSeconds: number): Promise<ClaimedMail | undefined> {
  const { rows } = await database.query<ClaimedMail>(
    { name: 'claim_mail', text: 'select * from identity.claim_mail($1)' },
    [leaseSeconds],
  );
  return rows[0];
}

/** The content of a claimed mail. @throws Error when it was encrypted with another key */
export function openMail(key: Buffer, { id, content }: ClaimedMail): RenderedMail {
  return JSON.parse(decrypt(key, mailName(id), content).toString('utf8')) as RenderedMail;
}

const tenantOfMail = ({ tenant_id, user_id }: ClaimedMail) => ({ tenantId: tenant_id, userId: user_id });

/** Ends a mail: its content is deleted, the reason of a failure kept. */
export async function finishMail(database: Database, mail: ClaimedMail, error?: string): Promise<void> {
  await database.tenantQuery(
    tenantOfMail(mail),
    `update identity.mails set status = case when $2::text is null then 'sent' else 'failed' end, error = $2,
       content = null, finished_at = now()
     where id = $1 and status = 'waiting'`,
    [mail.id, error?.slice(0, 1_000) ?? null],
  );
}

/** Tries a mail again after the given time, and keeps the reason. */
export async function postponeMail(
  database: Database,
  mail: ClaimedMail,
  { seconds, error }: { seconds: number; error: string },
): Promise<void> {
  await database.tenantQuery(
    tenantOfMail(mail),
    `update identity.mails set due_at = now() + make_interval(secs => $2), error = $3
     where id = $1 and attempts = $4 and status = 'waiting'`,
    [mail.id, seconds, error.slice(0, 1_000), mail.attempts],
  );
}

/** Deletes what is left of mails that ended long ago. */
export async function deleteOldMails(database: Database): Promise<void> {
  await database.query('select identity.delete_old_mails($1)', [keepDays]);
}
