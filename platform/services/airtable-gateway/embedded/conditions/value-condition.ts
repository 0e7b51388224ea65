import { storableText } from '../../../../kit/postgres/storable-text.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { equalValues, isoTime, orderValues } from '../../formula/compare-values.ts';
import type { Operator } from '../../formula/expression.ts';
import { asNumber, isDate, isList, toText, type Value } from '../../formula/value.ts';
import { cutKey, type Key } from '../keys/record-key.ts';
import { cellText, hasCell, numberSql, numberTypes, textSql, textTypes, timeSql } from './cell-sql.ts';
import { type Condition, constant, opposite, type Sql, test } from './condition.ts';
import { equalsText } from './text-condition.ts';

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

/** What an empty cell says in the comparison. */
function blankSays(operator: Order, value: Value): boolean {
  if (operator === '=') return equalValues(null, value);
  const order = orderValues(null, value);
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator];
}

/** @param options.key the only key that the records have */
function compared(
  sql: Sql,
  { operator, value, field, key }: { operator: Order; value: Value; field: StoredField; key: Key },
): Condition {
  const nullMeans = blankSays(operator, value);
  const hasKey = operator === '=' && !nullMeans;
  return test(sql, {
    nullMeans,
    equality: hasKey ? { fieldId: field.id, keys: [cutKey(key)] } : undefined,
  });
}

function compareNumber(field: StoredField, operator: Order, value: Value): Condition | undefined {
  if (isDate(value)) return undefined;
  let number: number | undefined;
  if (value === null) number = 0;
  // A number and a text are compared as texts, unless the text is a number and they are put in order.
  else if (typeof value === 'string') number = operator === '=' || value === '' ? undefined : asNumber(value);
  else number = Number(value);
  if (number === undefined || Number.isNaN(number)) return undefined;
  const wanted = number;
  return compared(
    (parameters) => `${numberSql(field)} ${operator} ${parameters.add(wanted, 'double precision')}`,
    { operator, value, field, key: wanted },
  );
}

function compareTime(field: StoredField, operator: Order, value: Value): Condition | undefined {
  const time = isDate(value) ? value.time : typeof value === 'string' ? isoTime(value) : undefined;
  if (time !== undefined) return compareWithTime(field, operator, { time, value });
  // A date has no order with anything else, and equals nothing else.
  const hasValue = test(() => hasCell(field));
  return blankSays(operator, value) ? opposite(hasValue) : constant(false);
}

/** @param other.time of the value, milliseconds since the epoch */
export function compareWithTime(
  field: StoredField,
  operator: Order,
  { time, value }: { time: number; value: Value },
): Condition | undefined {
  const text = isoText(time);
  if (text === undefined) return undefined;
  return compared(
    (parameters) => `${timeSql(field)} collate "C" ${operator} ${parameters.add(text, 'text')}`,
    { operator, value, field, key: time },
  );
}

/** In ISO 8601; undefined for years that do not have four digits, whose texts have another order. */
function isoText(time: number): string | undefined {
  if (!(Math.abs(time) <= 8.64e15)) return undefined;
  const text = new Date(time).toISOString();
  return /^\d/.test(text) ? text : undefined;
}

function compareText(field: StoredField, operator: Order, value: Value): Condition | undefined {
  if (isDate(value) || isList(value)) return undefined;
  // Other values have no order with texts, but equal those that look like them. A blank equals 0.
  const isComparable = typeof value === 'string' || (operator === '=' && value !== false && value !== 0);
  const wanted = toText(value);
  if (!isComparable || storableText(wanted) !== wanted) return undefined;
  // From here on, the order of code units and that of bytes differ.
  if (operator !== '=' && /[\ud800-\uffff]/.test(wanted)) return undefined;
  return compared(
    (parameters) => `${cellText(field)} collate "C" ${operator} ${parameters.add(wanted, 'text')}`,
    { operator, value, field, key: wanted },
  );
}

/** The condition that the field's value is true as a condition. */
export function isTrueField(field: StoredField): Condition | undefined {
  if (numberTypes.includes(field.type)) return test(() => `coalesce(${numberSql(field)}, 0) <> 0`);
  if (field.type === 'date' || field.type === 'dateTime') return test(() => hasCell(field));
  const text = textTypes.includes(field.type) ? textSql(field) : undefined;
  return text && opposite(equalsText(text, ''));
}
