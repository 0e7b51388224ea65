import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { FormulaFault, FormulaLimitError } from '../../formula/formula-error.ts';
import { isDate, isEmpty, toText, type Value } from '../../formula/value.ts';
import type { RecordRow } from './record-row.ts';
import type { RecordValues } from './record-values.ts';

export interface SortKey {
  field: StoredField;
  descending: boolean;
}

/** A record's place in a sorted list. */
export interface Sortable {
  id: string;
  number: number;
  keys: readonly (number | string | null)[];
}

/** Characters of a text that count for its place. */
const longestKey = 256;

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** What a record is sorted by, without the record, so that a whole table fits into memory. */
export function toSortable(row: RecordRow, values: RecordValues, sort: readonly SortKey[]): Sortable {
  return { id: row.id, number: row.number, keys: sort.map(({ field }) => keyOf(row, values, field)) };
}

/** Select fields sort by the order of their choices, as in Airtable; errors and empty cells come first. */
function keyOf(row: RecordRow, values: RecordValues, field: StoredField): number | string | null {
  if (field.type === 'singleSelect') {
    const index = choicesOf(field.options).findIndex(({ id }) => id === row.cells[field.id]);
    return index < 0 ? null : index;
  }
  let value: Value;
  try {
    value = values.value(row, field);
  } catch (error) {
    if (error instanceof FormulaFault || error instanceof FormulaLimitError) return null;
    throw error;
  }
  if (isEmpty(value)) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return value ? 1 : null;
  return isDate(value) ? value.time : toText(value).slice(0, longestKey);
}

function compareKeys(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

/** Sorts in place; records that are equal in every key stay in the order of creation. */
export function sortRows(rows: Sortable[], sort: readonly SortKey[]): Sortable[] {
  return rows.sort((a, b) => {
    for (const [index, { descending }] of sort.entries()) {
      const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
      if (order !== 0) return descending ? -order : order;
    }
    return a.number - b.number;
  });
}
