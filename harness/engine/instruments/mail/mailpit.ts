import { z } from 'zod';
import type { MailSource, StoredMail } from './mail-source.ts';

/** Time limit of a request, milliseconds. */
const timeoutMs = 10_000;
/** Maximum number of mails to one address. */
const maxMails = 200;

const Found = z.object({ messages: z.array(z.object({ ID: z.string().min(1) })) });

/**
 * Reads mails from a Mailpit by its API (https://mailpit.axllent.org/docs/api-v1/): the platform sends by SMTP, and
 * Mailpit receives.
 * @param access.url base URL without trailing slash
 * @param access.login `user:password`, when its API asks for it
 */
export function openMailpit(access: { url: string; login?: string; signal: AbortSignal }): MailSource {
  /** Mails never change. */
  const read = new Map<string, string>();

  async function get(path: string): Promise<Response> {
    const response = await fetch(`${access.url}${path}`, {
      headers: mailpitHeaders(access.login),
      signal: AbortSignal.any([access.signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status === 200) return response;
    await response.body?.cancel();
    throw new Error(`GET ${access.url}${path}: ${response.status}`);
  }

  return {
    async mentioning(address) {
      const query = encodeURIComponent(`to:"${address}"`);
      const response = await get(`/api/v1/search?query=${query}&limit=${maxMails}`);
      const { messages } = Found.parse(await response.json());
      const mails: StoredMail[] = [];
      for (const { ID: name } of messages.reverse()) {
        const source = read.get(name) ?? (await latin1Of(await get(`/api/v1/message/${name}/raw`)));
        read.set(name, source);
        mails.push({ name, source });
      }
      return mails;
    },
  };
}

export function mailpitHeaders(login: string | undefined): Record<string, string> {
  return login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

async function latin1Of(response: Response): Promise<string> {
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
}
