import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { MailSource, StoredMail } from './mail-source.ts';

/** Maximum number of mails in memory; the oldest are removed. */
const maxMails = 10_000;
/** Maximum time for open connections at the end, milliseconds. */
const closeTimeout = 1_000;

/** An SMTP server that accepts every mail and delivers none. */
export interface MailServer extends MailSource, AsyncDisposable {
  /** For `SMTP_URL`. */
  readonly url: string;
}

/** Listens on a free port of the loopback interface, without TLS and without sign-in. */
export async function openMailServer(): Promise<MailServer> {
  const mails: StoredMail[] = [];
  let received = 0;
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      buffer(stream).then((content) => {
        received += 1;
        mails.push({ name: `${received}.eml`, source: content.toString('latin1') });
        if (mails.length > maxMails) mails.shift();
        done();
      }, done);
    },
  });
  // A client that ends its connection in the middle has sent no mail.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    async mentioning(address) {
      const wanted = address.toLowerCase();
      return mails.filter(({ source }) => source.toLowerCase().includes(wanted));
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}
