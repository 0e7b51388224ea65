import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { isDate, isEmpty, toText, type Value } from '../../formula/value.ts';
import type { RecordRow } from './record-row.ts';
import type { RecordValues } from './record-values.ts';

export interface SortKey {
  field: StoredField;
  descending: boolean;
}

export type Key = number | string | null;

/** The sort keys of a record. */
export interface Sortable {
  id: string;
  number: number;
  keys: readonly Key[];
}

/** Maximum length of a text key, characters. */
const maxKeyLength = 256;
/** Maximum length of all text keys of a record, characters: an offset contains them. */
const maxKeysLength = 1_000;

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** Only the keys of a record: the keys of a whole table fit into memory. */
export function toSortable(row: RecordRow, values: RecordValues, sort: readonly SortKey[]): Sortable {
  const length = Math.min(maxKeyLength, Math.floor(maxKeysLength / sort.length));
  const keys = sort.map(({ field }) => {
    const key = keyOf(row, values, field);
    return typeof key === 'string' ? key.slice(0, length) : key;
  });
  return { id: row.id, number: row.number, keys };
}

/** As in Airtable, select fields sort by the order of their choices. Errors and empty cells come first. */
function keyOf(row: RecordRow, values: RecordValues, field: StoredField): Key {
  if (field.type === 'singleSelect') {
    const index = choicesOf(field.options).findIndex(({ id }) => id === row.cells[field.id]);
    return index < 0 ? null : index;
  }
  let value: Value;
  try {
    value = values.value(row, field);
  } catch (error) {
    if (error instanceof FormulaValueError || error instanceof FormulaLimitError) return null;
    throw error;
  }
  if (isEmpty(value)) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return value ? 1 : null;
  return isDate(value) ? value.time : toText(value);
}

function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

/** Negative when `a` comes before `b`. Records with equal keys are in the order of creation. */
export function compareRows(
  a: Pick<Sortable, 'number' | 'keys'>,
  b: Pick<Sortable, 'number' | 'keys'>,
  sort: readonly SortKey[],
): number {
  for (const [index, { descending }] of sort.entries()) {
    const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
    if (order !== 0) return descending ? -order : order;
  }
  return a.number - b.number;
}

/** Sorts in place. */
export function sortRows(rows: Sortable[], sort: readonly SortKey[]): Sortable[] {
  return rows.sort((a, b) => compareRows(a, b, sort));
}
