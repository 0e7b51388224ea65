import { randomInt } from 'node:crypto';

export type IdPrefix = 'app' | 'tbl' | 'fld' | 'viw' | 'rec' | 'sel' | 'att' | 'com' | 'ach';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new id in Airtable's format: three letters for the kind and 14 random letters or digits (83 bits). */
export function newId(prefix: IdPrefix): string {
  let id: string = prefix;
  for (let index = 0; index < 14; index += 1) id += alphabet[randomInt(alphabet.length)];
  return id;
}

/** Whether a value has the format of an id of this kind. */
export function isId(prefix: IdPrefix, text: unknown): text is string {
  return (
    typeof text === 'string' && text.length === 17 && text.startsWith(prefix) && /^[A-Za-z0-9]+$/.test(text)
  );
}
