import { nameOf } from '../../fields/collaborator-kinds.ts';
import { formatDateTime, formatDay } from '../../fields/date-kinds.ts';
import type { StoredField, TextFormat } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import type { FormulaRecord } from '../../formula/evaluation.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { dateValue, flatten, isDate, isList, toText, type Value } from '../../formula/value.ts';
import type { User } from '../../users/user.ts';
import { type ResultType, resultType } from '../schema/result-type.ts';
import { fieldById, linkedTable, primaryField, type StoredBase, tableById } from '../schema/stored-base.ts';
import type { RecordRow } from './record-row.ts';

/** Inputs of computed fields besides the record itself. */
export interface ValueSources {
  base: StoredBase;
  /** Linked records by id. */
  linked: ReadonlyMap<string, RecordRow>;
  /** Formulas of formula and roll-up fields by field id, without formulas that no longer compile. */
  formulas: ReadonlyMap<string, CompiledFormula>;
  /** Users who created or changed records, by the platform's id. */
  authors: ReadonlyMap<string, User>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Maximum depth of computed fields that read other computed fields. */
const maxDepth = 20;

/** Values of records' fields, including computed ones. Each value is computed once. */
export class RecordValues {
  readonly #sources: ValueSources;
  readonly #known = new Map<string, Value | FormulaValueError>();
  readonly #lookedUp = new Map<string, readonly unknown[]>();
  readonly #resultTypes = new Map<string, ResultType>();
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
    if (field.type === 'createdBy' || field.type === 'lastModifiedBy') return this.#author(row, field);
    if (field.type === 'multipleLookupValues')
      return nonEmpty(this.#linkedValues(row, field, (linked, target) => this.json(linked, target), 'json'));
    try {
      return nonEmpty(toJson(this.value(row, field), this.#resultType(row, field)));
    } catch (error) {
      if (isValueError(error)) return errorCell;
      throw error;
    }
  }

  /** The value as text, for `cellFormat=string`; undefined for empty cells. */
  text(row: RecordRow, field: StoredField, format: TextFormat): string | undefined {
    const stored = row.cells[field.id];
    const kind = kindOf(field.type);
    if (kind !== undefined)
      return stored === undefined ? undefined : kind.text(stored, field, format) || undefined;
    if (field.type === 'multipleLookupValues') {
      const texts = this.#linkedValues(
        row,
        field,
        (linked, target) => this.text(linked, target, format),
        'text',
      );
      return texts.join(', ') || undefined;
    }
    try {
      return this.#format(this.value(row, field), this.#resultType(row, field), format) || undefined;
    } catch (error) {
      if (isValueError(error)) return '#ERROR!';
      throw error;
    }
  }

  #format(value: Value, result: ResultType, format: TextFormat): string {
    if (isList(value)) return value.map((item) => this.#format(item, result, format)).join(', ');
    if (!isDate(value)) return toText(value);
    return result.type === 'date'
      ? formatDay(value.time, result.options, format)
      : formatDateTime(value.time, result.options, format);
  }

  #resultType(row: RecordRow, field: StoredField): ResultType {
    let known = this.#resultTypes.get(field.id);
    if (known === undefined) {
      const table = tableById(this.#sources.base, row.table_id);
      known = table === undefined ? { type: 'singleLineText' } : resultType(this.#sources.base, table, field);
      this.#resultTypes.set(field.id, known);
    }
    return known;
  }

  /** The looked-up cells as `show` shows them, without empty ones. The items of lists are items of the look-up. */
  #linkedValues(
    row: RecordRow,
    field: StoredField,
    show: (linked: RecordRow, target: StoredField) => unknown,
    form: 'json' | 'text',
  ): readonly unknown[] {
    const key = `${row.id}/${field.id}/${form}`;
    const known = this.#lookedUp.get(key);
    if (known !== undefined) return known;
    const target = this.#lookedUpField(row, field);
    if (target === undefined || this.#depth >= maxDepth) return [form === 'json' ? errorCell : '#ERROR!'];
    this.#depth += 1;
    const shown = this.#linkedRows(row, field.options.recordLinkFieldId)
      .flatMap((linked) => show(linked, target))
      .filter((value) => value !== undefined);
    this.#depth -= 1;
    this.#lookedUp.set(key, shown);
    return shown;
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
        const time = modifiedTime(row, watchedFields(field));
        return time === null ? null : dateValue(time);
      }
      case 'createdBy':
      case 'lastModifiedBy': {
        const author = this.#author(row, field);
        return author === undefined ? null : nameOf(author);
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

  #author(row: RecordRow, field: StoredField): User | undefined {
    const id = field.type === 'createdBy' ? row.created_by : modifiedBy(row, watchedFields(field));
    return id === null ? undefined : this.#sources.authors.get(id);
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

  #lookedUpField(row: RecordRow, { options }: StoredField): StoredField | undefined {
    const { base } = this.#sources;
    const link = fieldById(tableById(base, row.table_id), options.recordLinkFieldId);
    return fieldById(linkedTable(base, link), options.fieldIdInLinkedTable);
  }

  #lookUp(row: RecordRow, field: StoredField): Value[] {
    const { recordLinkFieldId } = field.options;
    const target = this.#lookedUpField(row, field);
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

function watchedFields({ options }: StoredField): readonly string[] {
  return (options.referencedFieldIds as string[] | undefined) ?? [];
}

/** The user of the last change of these fields, without fields of any; null when nobody is known. */
function modifiedBy(row: RecordRow, fieldIds: readonly string[]): string | null {
  if (fieldIds.length === 0) return row.modified_by;
  const [last] = fieldIds
    .filter((id) => row.touched[id] !== undefined)
    .sort((a, b) => (row.touched[b] ?? 0) - (row.touched[a] ?? 0));
  if (last === undefined) return null;
  const by = row.touched_by[last];
  return by === undefined ? row.created_by : by;
}

const errorCell = { error: '#ERROR!' };

function isValueError(error: unknown): boolean {
  return error instanceof FormulaValueError || error instanceof FormulaLimitError;
}

function toJson(value: Value, result: ResultType): unknown {
  if (isList(value)) return value.map((item) => toJson(item, result));
  if (isDate(value)) {
    const time = new Date(value.time).toISOString();
    return result.type === 'date' ? time.slice(0, 10) : time;
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    return { specialValue: Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity' };
  return value;
}

function nonEmpty(value: unknown): unknown {
  const empty =
    value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);
  return empty ? undefined : value;
}
