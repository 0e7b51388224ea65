import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature covers, by Standard Webhooks 1.0. */
export interface SignedMessage {
  id: string;
  /** Seconds since 1970, as sent. */
  timestamp: string;
  /** The body as sent. */
  text: string;
}

const prefix = 'whsec_';

/** The text of a key that its owner gives to the sender. */
export const secretOf = (key: Buffer): string => prefix + key.toString('base64');

function digestOf(key: Buffer, { id, timestamp, text }: SignedMessage): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest();
}

/**
 * Whether one of the signatures in the header is made with one of the keys. Signatures of other versions do not count.
 * Every key and signature is compared to its end: the time does not depend on what differs.
 * @param header signatures as `v1,<Base64>`, separated by spaces
 */
export function isSigned(keys: readonly Buffer[], message: SignedMessage, header: string): boolean {
  const given = header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice('v1,'.length), 'base64'));
  let signed = false;
  for (const key of keys) {
    const wanted = digestOf(key, message);
    for (const one of given) if (one.length === wanted.length && timingSafeEqual(one, wanted)) signed = true;
  }
  return signed;
}
