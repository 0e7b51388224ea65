import type { StoredField } from '../../fields/field-kind.ts';
import type { Expression } from '../../formula/expression.ts';
import { leftSpine } from '../../formula/expression.ts';
import type { RecordRow } from '../records/record-row.ts';
import { compileFieldFormula } from '../records/value-sources.ts';
import {
  fieldById,
  linkedTable,
  type StoredBase,
  type StoredTable,
  tableById,
} from '../schema/stored-base.ts';

/** What the order of a sorted list depends on. */
export interface SortDependencies {
  /** Fields of the table itself, with those behind its formulas. */
  fields: readonly StoredField[];
  /** Whether any change of a record can move it, e.g. in a list by the time of the last change. */
  anyChange: boolean;
  /** Tables whose records are linked, looked up or rolled up. */
  tableIds: readonly string[];
}

/** The inputs of these sort fields, followed through formulas and links. */
export async function sortDependencies(
  base: StoredBase,
  table: StoredTable,
  sortFields: readonly StoredField[],
): Promise<SortDependencies> {
  const fields = new Set<StoredField>();
  const tableIds = new Set<string>();
  let anyChange = false;
  const seen = new Set<string>();
  const open = sortFields.map((field) => ({ table, field }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { table: owner, field } = next;
    if (seen.has(field.id)) continue;
    seen.add(field.id);
    if (owner === table) fields.add(field);
    const read = (id: unknown) => {
      const found = fieldById(owner, id);
      if (found !== undefined) open.push({ table: owner, field: found });
      return found;
    };
    switch (field.type) {
      case 'multipleRecordLinks': {
        const other = linkedTable(base, field);
        const primary = fieldById(other, other?.primaryFieldId);
        if (other === undefined) break;
        tableIds.add(other.id);
        if (primary !== undefined) open.push({ table: other, field: primary });
        break;
      }
      case 'multipleLookupValues':
      case 'rollup': {
        const other = linkedTable(base, read(field.options.recordLinkFieldId));
        const target = fieldById(other, field.options.fieldIdInLinkedTable);
        if (other !== undefined && target !== undefined) open.push({ table: other, field: target });
        break;
      }
      case 'count':
        read(field.options.recordLinkFieldId);
        break;
      case 'lastModifiedBy':
      case 'lastModifiedTime': {
        const watched = (field.options.referencedFieldIds as string[] | undefined) ?? [];
        if (watched.length === 0) anyChange = true;
        for (const id of watched) read(id);
        break;
      }
      case 'formula': {
        const formula = await compileFieldFormula(owner, field);
        for (const id of formula?.fieldIds ?? []) read(id);
        if (formula !== undefined && readsAnyChange(formula.expression)) anyChange = true;
        break;
      }
    }
  }
  return { fields: [...fields], anyChange, tableIds: [...tableIds].filter((id) => tableById(base, id)) };
}

/** Whether a formula contains `LAST_MODIFIED_TIME()` without fields. */
function readsAnyChange(expression: Expression): boolean {
  switch (expression.kind) {
    case 'call':
      return (
        (expression.name === 'LAST_MODIFIED_TIME' && expression.args.length === 0) ||
        expression.args.some(readsAnyChange)
      );
    case 'negation':
      return readsAnyChange(expression.operand);
    case 'binary': {
      const { first, steps } = leftSpine(expression);
      return readsAnyChange(first) || steps.some(({ right }) => readsAnyChange(right));
    }
    default:
      return false;
  }
}

/**
 * Whether a record's place in the list may have changed since the list began. Records created since then do not count:
 * a list need not contain them.
 */
export function mayHaveMoved(
  row: RecordRow,
  { fields, anyChange }: SortDependencies,
  since: number,
): boolean {
  if (Date.parse(row.created_time) >= since) return false;
  if (anyChange && Date.parse(row.modified_time) >= since) return true;
  return fields.some(({ id }) => (row.touched[id] ?? 0) >= since);
}
