/**
 * Ids in Airtable's format that stand for the platform's own. They hold the first 80 bits of a UUID, which tell the users
 * or workspaces of a tenant apart: 14 letters or digits have no room for all of it.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base = BigInt(alphabet.length);
const length = 14;
/** Length of the first four groups of a UUID with their dashes, characters. */
const prefixLength = 23;

/** 14 letters or digits for a UUID. */
export function shortId(uuid: string): string {
  let rest = BigInt(`0x${uuid.slice(0, prefixLength).replaceAll('-', '')}`);
  let id = '';
  for (let index = 0; index < length; index += 1) {
    id = alphabet.charAt(Number(rest % base)) + id;
    rest /= base;
  }
  return id;
}

/** The first four groups of the UUID, e.g. `6f1c8e0e-3a52-4c4b-9a56`; undefined when no UUID has this short id. */
export function uuidPrefixOfShortId(id: string): string | undefined {
  if (!/^[A-Za-z0-9]{14}$/.test(id)) return undefined;
  let number = 0n;
  for (const letter of id) number = number * base + BigInt(alphabet.indexOf(letter));
  const hex = number.toString(16).padStart(20, '0');
  if (hex.length > 20) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16)}`;
}
