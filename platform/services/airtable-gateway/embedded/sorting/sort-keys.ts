import type { StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { cellKeys, cutKey, type Key, keyOfValue, maxKeyLength } from '../keys/record-key.ts';
import type { RecordRow } from '../records/record-row.ts';
import type { RecordValues } from '../records/record-values.ts';

export interface SortKey {
  field: StoredField;
  descending: boolean;
}

/** A record's place in a sorted list. */
export interface Place {
  number: number;
  keys: readonly Key[];
}

/** Maximum length of all text keys of a record, characters: an offset contains them. */
const maxKeysLength = 1_000;

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** Maximum length of each text key in a list that is sorted like this, characters. */
function keyLength(sort: readonly SortKey[]): number {
  return Math.min(maxKeyLength, Math.floor(maxKeysLength / sort.length));
}

/** Whether the list compares whole stored keys, and not only their beginnings. */
export function comparesStoredKeys(sort: readonly SortKey[]): boolean {
  return keyLength(sort) === maxKeyLength;
}

/**
 * Without the keys that cannot matter. No two records have the same auto number, and equal records are in the order of
 * creation, which is that of auto numbers.
 */
export function neededKeys(sort: readonly SortKey[]): readonly SortKey[] {
  const unique = sort.findIndex(({ field }) => field.type === 'autoNumber');
  if (unique < 0) return sort;
  return sort.slice(0, sort[unique]?.descending === true ? unique + 1 : unique);
}

/** Returns the keys of a record in a list that is sorted like this. */
export function keysFor(sort: readonly SortKey[]): (row: RecordRow, values: RecordValues) => Key[] {
  const length = keyLength(sort);
  const readers = sort.map(({ field }) => {
    const ofCell = cellKeys(field);
    const isComputed = kindOf(field.type) === undefined;
    return (row: RecordRow, values: RecordValues) => {
      if (field.type === 'singleSelect') return ofCell(row.cells[field.id]);
      const key = cutKey(keyOf(row, values, field), length);
      return isComputed ? ownCopy(key) : key;
    };
  });
  return (row, values) => readers.map((read) => read(row, values));
}

/** A key that keeps no other text in memory: V8 stores a part of a text as a reference to all of it. */
function ownCopy(key: Key): Key {
  return typeof key === 'string' ? (JSON.parse(JSON.stringify(key)) as string) : key;
}

function keyOf(row: RecordRow, values: RecordValues, field: StoredField): Key {
  try {
    return keyOfValue(values.value(row, field));
  } catch (error) {
    if (error instanceof FormulaValueError || error instanceof FormulaLimitError) return null;
    throw error;
  }
}

/** Negative when `a` comes first in ascending lists. Errors and empty cells come before all others. */
export function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

/** Negative when `a` comes before `b`. Records with equal keys are in the order of creation. */
export function comparePlaces(a: Place, b: Place, sort: readonly SortKey[]): number {
  for (const [index, { descending }] of sort.entries()) {
    const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
    if (order !== 0) return descending ? -order : order;
  }
  return a.number - b.number;
}
