import { setTimeout as pause } from 'node:timers/promises';
import { redactText } from '../../../evidence/redact.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import { ProductFailure } from '../../failures/product-failure.ts';
import type { CheckScope } from '../check-scope.ts';
import type { Canaries } from '../logs/canaries.ts';
import type { MailSource } from './mail-source.ts';
import type { MailboxInstrument, ReceivedMail } from './mailbox.ts';
import { readMail } from './read-mail.ts';

/** Interval of looks at the source, milliseconds. */
const everyMs = 50;
const defaultTimeoutMs = 20_000;

/** The token of a link. */
const tokenOf = (link: string): string => URL.parse(link)?.searchParams.get('token') ?? '';

/**
 * Reads the mails that the platform sends. Tokens in links become canaries for the log watch, and
 * evidence of the mails is kept without them.
 */
export function openMailbox(
  scope: CheckScope,
  { source, canaries }: { source: MailSource | undefined; canaries: Canaries },
): MailboxInstrument {
  const kept = new Set<string>();

  async function keep(mail: ReceivedMail): Promise<void> {
    if (kept.has(mail.file)) return;
    kept.add(mail.file);
    const tokens = mail.links.map(tokenOf).filter((token) => token !== '');
    for (const token of tokens) canaries.add(token, 'token');
    const text = tokens.reduce((left, token) => left.replaceAll(token, '[token]'), mail.text);
    const { to, subject, messageId } = mail;
    await scope.evidence.write(
      `mail-${kept.size}.txt`,
      redactText(`To: ${to}\nSubject: ${subject}\nMessage-ID: ${messageId}\n\n${text}`),
    );
  }

  async function to(address: string): Promise<ReceivedMail[]> {
    scope.requireCapability('mail');
    if (source === undefined) throw new MissingCapability('mail');
    const mails: ReceivedMail[] = [];
    for (const stored of await source.mentioning(address)) {
      const mail = readMail(stored.name, stored.source);
      if (mail.to.toLowerCase() !== address.toLowerCase()) continue;
      await keep(mail);
      mails.push(mail);
    }
    return mails;
  }

  return {
    to,
    async waitFor({ to: address, subject, after = 0, timeoutMs = defaultTimeoutMs }) {
      const endsAt = performance.now() + timeoutMs;
      while (true) {
        const found = (await to(address)).filter((mail) => subject.test(mail.subject))[after];
        if (found !== undefined) return found;
        if (performance.now() >= endsAt)
          throw new ProductFailure(
            `No mail to ${address} with the subject ${subject} within ${timeoutMs / 1_000} s`,
          );
        await pause(everyMs, undefined, { signal: scope.signal });
      }
    },
  };
}
