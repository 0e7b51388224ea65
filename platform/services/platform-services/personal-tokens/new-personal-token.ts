import { randomBytes, randomInt } from 'node:crypto';
import { tokenHash } from '../sessions/tokens.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new token in Airtable's form: `pat`, 14 letters or digits, a full stop, and 256 random bits in hex. */
export function newPersonalToken(): { id: string; token: string; hash: Buffer } {
  let id = 'pat';
  for (let index = 0; index < 14; index += 1) id += alphabet[randomInt(alphabet.length)];
  const token = `${id}.${randomBytes(32).toString('hex')}`;
  return { id, token, hash: tokenHash(token) };
}
