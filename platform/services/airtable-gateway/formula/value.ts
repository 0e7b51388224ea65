import { FormulaValueError } from './formula-error.ts';

/** A time with its time zone and language for formatting. */
export interface DateValue {
  readonly kind: 'date';
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly time: number;
  /** IANA name. */
  readonly zone: string;
  /** A moment.js locale such as `en` or `de`. */
  readonly locale: string;
}

export type Scalar = null | boolean | number | string | DateValue;
/** The value of an expression; `null` is a blank cell. Lists come from links, multiple selects and look-ups. */
export type Value = Scalar | readonly Value[];

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isDate(value: Value): value is DateValue {
  return value !== null && typeof value === 'object' && !isList(value);
}

export function dateValue(time: number, zone = 'UTC', locale = 'en'): DateValue {
  return { kind: 'date', time, zone, locale };
}

/** A blank cell, an empty text or an empty list. */
export function isEmpty(value: Value): boolean {
  return value === null || value === '' || (isList(value) && value.length === 0);
}

/** Airtable's rule for conditions and filters: 0, false, "", NaN, blanks and empty lists are not true. */
export function isTruthy(value: Value): boolean {
  if (isList(value)) return value.some((item) => isTruthy(item));
  if (isDate(value)) return true;
  return Boolean(value);
}

/** A value as text: a blank is empty, true is 1, a date is in ISO 8601, list items are joined by commas. */
export function toText(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (isList(value)) return value.map(toText).join(', ');
  return new Date(value.time).toISOString();
}

const decimal = /^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** The numeric value; undefined when the value is not numeric. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return decimal.test(value) ? Number(value) : undefined;
  if (value !== null && isList(value) && value.length === 1) return asNumber(value[0] as Value);
  return undefined;
}

/**
 * Converts a value for arithmetic; a blank is 0.
 * @throws FormulaValueError for texts that are not numbers, dates, and lists of several items
 */
export function toNumber(value: Value): number {
  if (isEmpty(value)) return 0;
  const number = asNumber(value);
  if (number === undefined) throw new FormulaValueError('not a number');
  return number;
}

/** Converts a value to an integer, rounded towards zero. */
export function toInteger(value: Value): number {
  return Math.trunc(toNumber(value));
}

/** Converts a blank to an empty list and a single value to a list of one item. */
export function toList(value: Value): readonly Value[] {
  if (isList(value)) return value;
  return value === null ? [] : [value];
}

/** All items of lists within lists, in order. */
export function flatten(values: readonly Value[]): Scalar[] {
  const items: Scalar[] = [];
  const open: Value[] = values.toReversed();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (isList(value)) open.push(...value.toReversed());
    else items.push(value);
  }
  return items;
}
