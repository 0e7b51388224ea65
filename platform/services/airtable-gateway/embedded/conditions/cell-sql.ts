import { storableText } from '../../../../kit/postgres/storable-text.ts';
import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { Sql } from './condition.ts';

export const textTypes: readonly string[] = [
  'singleLineText',
  'multilineText',
  'richText',
  'email',
  'url',
  'phoneNumber',
];
export const numberTypes: readonly string[] = ['number', 'currency', 'percent', 'duration', 'rating'];

/** A field's id as a constant of SQL. It has only letters and digits. */
function quoted({ id }: StoredField): string {
  if (!/^[A-Za-z0-9]+$/.test(id)) throw new Error(`${id} is not the id of a field`);
  return `'${id}'`;
}

/** The stored cell as text; null for an empty cell. */
export function cellText(field: StoredField): string {
  return `(r.cells ->> ${quoted(field)})`;
}

/** Whether the cell has a value. */
export function hasCell(field: StoredField): string {
  return `(r.cells ? ${quoted(field)})`;
}

/** A number; null for an empty cell. */
export function numberSql(field: StoredField): string {
  return `${cellText(field)}::double precision`;
}

/** A time as text in ISO 8601, as formulas convert it; null for an empty cell. Texts order as times do. */
export function timeSql(field: StoredField): string {
  return field.type === 'date' ? `(${cellText(field)} || 'T00:00:00.000Z')` : cellText(field);
}

/** A value as text. */
export interface TextSql {
  sql: Sql;
  /** Whether it is a text in formulas too, or blank. */
  isText: boolean;
  /** Whether it may be null: then the text is not known. */
  mayBeUnknown: boolean;
  /** The formula converts the text to this case; `sql` does not. */
  case?: 'lower' | 'upper';
}

/**
 * The cell as text, as formulas convert it; undefined for fields whose text PostgreSQL cannot compute. The text of an
 * empty cell is empty.
 */
export function textSql(field: StoredField): TextSql | undefined {
  const known = { isText: false, mayBeUnknown: false };
  const { type } = field;
  if (textTypes.includes(type))
    return { sql: () => `coalesce(${cellText(field)}, '')`, isText: true, mayBeUnknown: false };
  if (type === 'date' || type === 'dateTime')
    return { ...known, sql: () => `coalesce(${timeSql(field)}, '')` };
  if (type === 'checkbox') return { ...known, sql: () => `case when ${hasCell(field)} then '1' else '' end` };
  if (type === 'autoNumber') return { ...known, sql: () => 'r.number::text' };
  if (numberTypes.includes(type))
    return {
      isText: false,
      mayBeUnknown: true,
      // JavaScript writes very large and very small numbers with an exponent.
      sql: () => `case when not ${hasCell(field)} then ''
        when abs(${numberSql(field)}) < 1e21 and (abs(${numberSql(field)}) >= 1e-6 or ${numberSql(field)} = 0)
        then ${cellText(field)} end`,
    };
  if (type === 'singleSelect')
    return {
      isText: true,
      mayBeUnknown: false,
      sql: (parameters) => {
        const { ids, names } = choiceParameters(field);
        return `coalesce((${parameters.add(names, 'text[]')})[array_position(
          ${parameters.add(ids, 'text[]')}, ${cellText(field)})], '')`;
      },
    };
  if (type === 'multipleSelects')
    return {
      ...known,
      sql: (parameters) => {
        const { ids, names } = choiceParameters(field);
        return `coalesce((select string_agg(coalesce((${parameters.add(names, 'text[]')})[array_position(
            ${parameters.add(ids, 'text[]')}, choice)], ''), ', ' order by place)
          from jsonb_array_elements_text(r.cells -> ${quoted(field)}) with ordinality as c (choice, place)), '')`;
      },
    };
  return undefined;
}

function choiceParameters({ options }: StoredField): { ids: string[]; names: string[] } {
  const choices = choicesOf(options);
  return { ids: choices.map(({ id }) => id), names: choices.map(({ name }) => storableText(name)) };
}
