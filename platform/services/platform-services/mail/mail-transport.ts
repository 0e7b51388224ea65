import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SendMailOptions } from 'nodemailer';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import type { RenderedMail } from './mail-content.ts';

export interface OutgoingMail extends RenderedMail {
  /** Stays the same in every attempt, so that receivers recognise a repetition. */
  id: string;
  recipient: string;
  createdAt: Date;
}

/** Delivers one mail. @throws MailRejected when no later attempt can succeed; any other error is temporary. */
export type MailTransport = (mail: OutgoingMail, signal: AbortSignal) => Promise<void>;

/** The server has rejected the mail for good. The message has its reply. */
export class MailRejected extends Error {
  override readonly name = 'MailRejected';
}

export interface TransportSettings {
  /** `smtp://` or `smtps://`, with user name and password if the server asks for them. */
  smtpUrl: string | undefined;
  /** Sender, e.g. `PyAirtable <no-reply@example.com>`. */
  from: string;
  /** Folder for mails without a server. */
  folder: string;
}

/** Maximum time for a connection, milliseconds. */
const connectTimeoutMs = 10_000;
/** Maximum time without a reply, milliseconds. */
const silenceMs = 20_000;
/** Maximum time of one attempt, milliseconds. */
export const attemptMs = 60_000;

function addressOf(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim();
}

/** The fields of a mail. Addresses are objects, so that nothing in them is parsed as a list. */
function messageOf(mail: OutgoingMail, from: string): SendMailOptions {
  const domain = addressOf(from).split('@').at(-1);
  const to = { name: '', address: mail.recipient };
  return {
    from,
    to,
    envelope: { from: addressOf(from), to: mail.recipient },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domain}>`,
    date: mail.createdAt,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpFailure extends Error {
  code?: string;
  response?: string;
  responseCode?: number;
}

/** A 5xx reply to the addresses or the content. A rejected sign-in concerns the settings and not the mail. */
function isPermanent({ code, responseCode = 0 }: SmtpFailure): boolean {
  return responseCode >= 500 && responseCode < 600 && (code === 'EENVELOPE' || code === 'EMESSAGE');
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** A password never crosses a network in the clear, even if somebody removes the server's offer of TLS. */
function needsTls(smtpUrl: string): boolean {
  const { username, hostname } = new URL(smtpUrl);
  return username !== '' && !loopback.test(hostname);
}

/** Sends mails through an SMTP server. The library is loaded with the first mail. */
function smtpTransport(smtpUrl: string, from: string): MailTransport {
  return async (mail, signal) => {
    const { createTransport } = await import('nodemailer');
    // A connection per mail: there are few, and one that hangs is closed without harm to others.
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: silenceMs,
      requireTLS: needsTls(smtpUrl),
    } as object);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
    try {
      await raceAbort(transport.sendMail(messageOf(mail, from)), limit);
    } catch (error) {
      const failure = error as SmtpFailure;
      if (!isPermanent(failure)) throw error;
      throw new MailRejected(failure.response ?? failure.message, { cause: error });
    } finally {
      transport.close();
    }
  };
}

/** Writes mails into a folder, one `.eml` file each. A repeated attempt writes the same file. */
function folderTransport(folder: string, from: string): MailTransport {
  return async (mail) => {
    const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
    const message = await new MailComposer(messageOf(mail, from)).compile().build();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `${mail.createdAt.toISOString().replaceAll(/[:.]/g, '-')}-${mail.id}.eml`;
    const unfinished = join(folder, `.${name}.${process.pid}`);
    await writeFile(unfinished, message, { mode: 0o600 });
    await rename(unfinished, join(folder, name));
  };
}

/** How mails leave: through the SMTP server of the settings, or without one into a folder. */
export function createMailTransport({ smtpUrl, from, folder }: TransportSettings): MailTransport {
  return smtpUrl === undefined ? folderTransport(folder, from) : smtpTransport(smtpUrl, from);
}
