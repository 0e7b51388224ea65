/**
 * Ids of users in Airtable's format. They hold the first 80 bits of the platform's id, which tell the users of a tenant
 * apart: `usr` and 14 letters or digits have no room for all of it.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base = BigInt(alphabet.length);
const length = 14;
/** Length of the first four groups of a UUID with their dashes, characters. */
const prefixLength = 23;

/** @param uuid the platform's id of a user */
export function toAirtableUserId(uuid: string): string {
  let rest = BigInt(`0x${uuid.slice(0, prefixLength).replaceAll('-', '')}`);
  let id = '';
  for (let index = 0; index < length; index += 1) {
    id = alphabet.charAt(Number(rest % base)) + id;
    rest /= base;
  }
  return `usr${id}`;
}

/** The first four groups of the platform's id, e.g. `6f1c8e0e-3a52-4c4b-9a56`; undefined when no user has this id. */
export function uuidPrefixOf(userId: string): string | undefined {
  if (!/^usr[A-Za-z0-9]{14}$/.test(userId)) return undefined;
  let number = 0n;
  for (const letter of userId.slice(3)) number = number * base + BigInt(alphabet.indexOf(letter));
  const hex = number.toString(16).padStart(20, '0');
  if (hex.length > 20) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16)}`;
}
