import type { StoredField } from '../../fields/field-kind.ts';
import { isoTime } from '../../formula/compare-values.ts';
import type { Operator } from '../../formula/expression.ts';
import { asNumber, isDate, isEmpty, isList, type Value } from '../../formula/value.ts';
import { cutKey } from '../keys/record-key.ts';
import { hasCell, numberSql, numberTypes, textSql, textTypes, timeSql } from './cell-sql.ts';
import { type Condition, constant, opposite, test } from './condition.ts';
import { comparesText, equalsText } from './text-condition.ts';

export type Comparison = Extract<Operator, '=' | '!=' | '<' | '<=' | '>' | '>='>;

/** The operator with its sides exchanged. */
export function mirrored(operator: Comparison): Comparison {
  const exchanged = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
  return exchanged[operator];
}

/** The condition that a field compares with a value; undefined where PostgreSQL cannot tell. */
export function compareField(field: StoredField, operator: Comparison, value: Value): Condition | undefined {
  if (operator === '!=') return opposite(compareField(field, '=', value));
  if (isList(value)) return undefined;
  if (numberTypes.includes(field.type)) return compareNumber(field, operator, value);
  if (field.type === 'date' || field.type === 'dateTime') return compareTime(field, operator, value);
  if (textTypes.includes(field.type)) return compareText(field, operator, value);
  return undefined;
}

type Order = Exclude<Comparison, '!='>;

/** In formulas an empty number equals 0 and counts as 0. */
function compareNumber(field: StoredField, operator: Order, value: Value): Condition | undefined {
  if (isDate(value)) return undefined;
  let number: number | undefined;
  if (value === null) number = 0;
  // A number and a text are compared as texts, unless the text is a number and they are put in order.
  else if (typeof value === 'string') number = operator === '=' || value === '' ? undefined : asNumber(value);
  else number = Number(value);
  if (number === undefined || Number.isNaN(number)) return undefined;
  const wanted = number;
  if (operator === '=' && wanted !== 0)
    return test((parameters) => `${numberSql(field)} = ${parameters.add(wanted, 'double precision')}`, {
      nullMeans: false,
      equality: { fieldId: field.id, keys: [wanted] },
    });
  return test(
    (parameters) =>
      `coalesce(${numberSql(field)}, 0) ${operator} ${parameters.add(wanted, 'double precision')}`,
  );
}

/** A blank has no order with a date, and equals blanks only. */
function compareTime(field: StoredField, operator: Order, value: Value): Condition | undefined {
  if (isEmpty(value)) return operator === '=' ? opposite(test(() => hasCell(field))) : constant(false);
  const time = isDate(value) ? value.time : typeof value === 'string' ? isoTime(value) : undefined;
  if (time === undefined) return isDate(value) || typeof value === 'string' ? constant(false) : undefined;
  return compareWithTime(field, operator, time);
}

/** @param time milliseconds since the epoch */
export function compareWithTime(field: StoredField, operator: Order, time: number): Condition | undefined {
  const text = isoText(time);
  if (text === undefined) return undefined;
  return test((parameters) => `${timeSql(field)} collate "C" ${operator} ${parameters.add(text, 'text')}`, {
    nullMeans: false,
    ...(operator === '=' ? { equality: { fieldId: field.id, keys: [time] } } : {}),
  });
}

/** In ISO 8601; undefined for years that do not have four digits, whose texts have another order. */
function isoText(time: number): string | undefined {
  if (!(Math.abs(time) <= 8.64e15)) return undefined;
  const text = new Date(time).toISOString();
  return /^\d/.test(text) ? text : undefined;
}

function compareText(field: StoredField, operator: Order, value: Value): Condition | undefined {
  const text = textSql(field);
  if (text === undefined || isDate(value)) return undefined;
  if (value === null) return operator === '=' ? equalsText(text, '') : undefined;
  if (typeof value !== 'string') {
    // A number and a text are equal where they are the same as texts. A blank equals 0.
    if (operator !== '=' || typeof value !== 'number' || value === 0) return undefined;
    return withKey(equalsText(text, String(value)), field, String(value));
  }
  if (operator === '=') return withKey(equalsText(text, value), field, value);
  // A blank is compared as the number 0 with a text that is a number.
  return asNumber(value) === undefined ? comparesText(text, operator, value) : undefined;
}

function withKey(condition: Condition | undefined, field: StoredField, text: string): Condition | undefined {
  if (condition === undefined || text === '') return condition;
  return { ...condition, equalities: [{ fieldId: field.id, keys: [cutKey(text)] }] };
}

/** The condition that the field's value is true as a condition. */
export function isTrueField(field: StoredField): Condition | undefined {
  if (numberTypes.includes(field.type)) return test(() => `coalesce(${numberSql(field)}, 0) <> 0`);
  if (field.type === 'date' || field.type === 'dateTime') return test(() => hasCell(field));
  const text = textTypes.includes(field.type) ? textSql(field) : undefined;
  return text && opposite(equalsText(text, ''));
}
