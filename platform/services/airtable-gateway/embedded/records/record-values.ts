import { formatDateTime } from '../../fields/date-kinds.ts';
import type { StoredField, TextFormat } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import type { FormulaRecord } from '../../formula/evaluation.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { dateValue, flatten, isDate, isList, toText, type Value } from '../../formula/value.ts';
import { fieldById, linkedTable, primaryField, type StoredBase, tableById } from '../schema/stored-base.ts';
import type { RecordRow } from './record-row.ts';

/** The name of the rolled-up values in a roll-up's formula. */
export const rollupValues = 'values';

/** Inputs of computed fields besides the record itself. */
export interface ValueSources {
  base: StoredBase;
  /** Linked records by id. */
  linked: ReadonlyMap<string, RecordRow>;
  /** Formulas of formula and roll-up fields by field id, without formulas that no longer compile. */
  formulas: ReadonlyMap<string, CompiledFormula>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Maximum depth of computed fields that read other computed fields. */
const maxDepth = 20;

/** Values of records' fields, including computed ones. Each value is computed once. */
export class RecordValues {
  readonly #sources: ValueSources;
  readonly #known = new Map<string, Value | FormulaValueError>();
  #depth = 0;

  constructor(sources: ValueSources) {
    this.#sources = sources;
  }

  /** The value in formulas. @throws FormulaValueError when the value is an error; FormulaLimitError */
  value(row: RecordRow, field: StoredField): Value {
    const kind = kindOf(field.type);
    if (kind !== undefined) {
      const stored = row.cells[field.id];
      return stored === undefined ? null : kind.value(stored, field);
    }
    const key = `${row.id}/${field.id}`;
    let value = this.#known.get(key);
    if (value === undefined) {
      value = this.#compute(row, field);
      this.#known.set(key, value);
    }
    if (value instanceof FormulaValueError) throw value;
    return value;
  }

  /** The record as input of a formula. */
  view(row: RecordRow): FormulaRecord {
    const fields = tableById(this.#sources.base, row.table_id)?.fields ?? [];
    return {
      id: row.id,
      createdTime: Date.parse(row.created_time),
      value: (fieldId) => {
        const field = fields.find(({ id }) => id === fieldId);
        return field === undefined ? null : this.value(row, field);
      },
      modifiedTime: (fieldIds) => modifiedTime(row, fieldIds),
    };
  }

  /** The value in the API; undefined for empty cells, which the API leaves out. */
  json(row: RecordRow, field: StoredField): unknown {
    const stored = row.cells[field.id];
    const kind = kindOf(field.type);
    if (kind !== undefined) return stored === undefined ? undefined : nonEmpty(kind.show(stored, field));
    if (field.type === 'multipleRecordLinks') return stored;
    try {
      return nonEmpty(toJson(this.value(row, field)));
    } catch (error) {
      if (error instanceof FormulaValueError || error instanceof FormulaLimitError)
        return { error: '#ERROR!' };
      throw error;
    }
  }

  /** The value as text, for `cellFormat=string`; undefined for empty cells. */
  text(row: RecordRow, field: StoredField, format: TextFormat): string | undefined {
    const stored = row.cells[field.id];
    const kind = kindOf(field.type);
    if (kind !== undefined)
      return stored === undefined ? undefined : kind.text(stored, field, format) || undefined;
    try {
      const value = this.value(row, field);
      if (isDate(value)) return formatDateTime(value.time, field, format);
      return toText(value) || undefined;
    } catch (error) {
      if (error instanceof FormulaValueError || error instanceof FormulaLimitError) return '#ERROR!';
      throw error;
    }
  }

  #compute(row: RecordRow, field: StoredField): Value | FormulaValueError {
    if (this.#depth >= maxDepth) return new FormulaValueError('computed fields are nested too deeply');
    this.#depth += 1;
    try {
      return this.#computeValue(row, field);
    } catch (error) {
      if (error instanceof FormulaValueError) return error;
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #computeValue(row: RecordRow, field: StoredField): Value {
    const { formulas, now } = this.#sources;
    switch (field.type) {
      case 'multipleRecordLinks':
        return this.#linkedNames(row, field);
      case 'autoNumber':
        return row.number;
      case 'createdTime':
        return dateValue(Date.parse(row.created_time));
      case 'lastModifiedTime': {
        const time = modifiedTime(row, (field.options.referencedFieldIds as string[] | undefined) ?? []);
        return time === null ? null : dateValue(time);
      }
      case 'count':
        return linkIds(row, field.options.recordLinkFieldId).length;
      case 'multipleLookupValues':
        return flatten(this.#lookUp(row, field)).filter((item) => item !== null);
      case 'rollup': {
        const values = this.#lookUp(row, field);
        const formula = formulas.get(field.id);
        if (formula === undefined) throw new FormulaValueError('the formula is not valid');
        return formula.evaluate({ ...this.view(row), value: () => values }, now);
      }
      case 'formula': {
        const formula = formulas.get(field.id);
        if (formula === undefined) throw new FormulaValueError('the formula is not valid');
        return formula.evaluate(this.view(row), now);
      }
      default:
        return null;
    }
  }

  #linkedRows(row: RecordRow, linkFieldId: unknown): RecordRow[] {
    return linkIds(row, linkFieldId).flatMap((id) => this.#sources.linked.get(id) ?? []);
  }

  #linkedNames(row: RecordRow, link: StoredField): Value {
    const table = linkedTable(this.#sources.base, link);
    if (table === undefined) return null;
    const primary = primaryField(table);
    return this.#linkedRows(row, link.id).map((linked) => toText(this.value(linked, primary)));
  }

  #lookUp(row: RecordRow, field: StoredField): Value[] {
    const { base } = this.#sources;
    const { recordLinkFieldId, fieldIdInLinkedTable } = field.options;
    const link = fieldById(tableById(base, row.table_id), recordLinkFieldId);
    const target = fieldById(linkedTable(base, link), fieldIdInLinkedTable);
    if (target === undefined) throw new FormulaValueError('the looked-up field does not exist');
    return this.#linkedRows(row, recordLinkFieldId).map((linked) => this.value(linked, target));
  }
}

/** Ids of the linked records in a link field of a row. */
export function linkIds(row: Pick<RecordRow, 'cells'>, linkFieldId: unknown): readonly string[] {
  const stored = typeof linkFieldId === 'string' ? row.cells[linkFieldId] : undefined;
  return Array.isArray(stored) ? (stored as string[]) : [];
}

function modifiedTime(row: RecordRow, fieldIds: readonly string[]): number | null {
  if (fieldIds.length === 0) return Date.parse(row.modified_time);
  const times = fieldIds.flatMap((id) => row.touched[id] ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

function toJson(value: Value): unknown {
  if (isList(value)) return value.map(toJson);
  if (isDate(value)) return new Date(value.time).toISOString();
  if (typeof value === 'number' && !Number.isFinite(value))
    return { specialValue: Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity' };
  return value;
}

function nonEmpty(value: unknown): unknown {
  const empty =
    value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);
  return empty ? undefined : value;
}
