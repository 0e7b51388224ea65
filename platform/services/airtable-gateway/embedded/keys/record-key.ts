import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import { isDate, isEmpty, toText, type Value } from '../../formula/value.ts';

/** What a value sorts by; null for empty values and errors, which come first in ascending lists. */
export type Key = number | string | null;

/** Maximum length of a text key, characters (code points). */
export const maxKeyLength = 256;

/** The key of a value. Select fields sort by the order of their choices instead: see `cellKeys`. */
export function keyOfValue(value: Value): Key {
  if (isEmpty(value)) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return value ? 1 : null;
  return isDate(value) ? value.time : toText(value);
}

/** Only the beginning of a long text. The cut never splits a character that takes two code units. */
export function cutKey(key: Key, length = maxKeyLength): Key {
  if (typeof key !== 'string' || key.length <= length) return key;
  return Array.from(key.slice(0, 2 * length))
    .slice(0, length)
    .join('');
}

/** Returns the key of a stored cell of this field. As in Airtable, select fields sort by the order of their choices. */
export function cellKeys(field: StoredField): (stored: unknown) => Key {
  if (field.type === 'singleSelect') {
    const ranks = new Map(choicesOf(field.options).map(({ id }, rank) => [id as unknown, rank]));
    return (stored) => ranks.get(stored) ?? null;
  }
  const kind = kindOf(field.type);
  return (stored) =>
    stored === undefined || stored === null || !kind ? null : keyOfValue(kind.value(stored, field));
}

/** The table with the keys of an index. */
export type KeyTable = 'text_keys' | 'number_keys';

/** The type of the keys in each table, as PostgreSQL names it. */
export const keyTypes = {
  text_keys: 'text',
  number_keys: 'double precision',
} as const satisfies Record<KeyTable, string>;

const keyTables: Readonly<Partial<Record<string, KeyTable>>> = {
  singleLineText: 'text_keys',
  multilineText: 'text_keys',
  richText: 'text_keys',
  email: 'text_keys',
  url: 'text_keys',
  phoneNumber: 'text_keys',
  barcode: 'text_keys',
  number: 'number_keys',
  currency: 'number_keys',
  percent: 'number_keys',
  duration: 'number_keys',
  rating: 'number_keys',
  checkbox: 'number_keys',
  date: 'number_keys',
  dateTime: 'number_keys',
  singleSelect: 'number_keys',
};

/**
 * Where the keys of a field are stored; undefined for fields without stored keys: their keys depend on more than the
 * cell and the field's options, or are lists.
 */
export function keyTableOf({ type }: StoredField): KeyTable | undefined {
  return keyTables[type];
}
