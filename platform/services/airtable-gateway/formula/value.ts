import { FormulaFault } from './formula-error.ts';

/** A moment with the zone and language it is to be shown in. */
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
/** What an expression yields; `null` is a blank cell. Lists come from links, multiple selects and look-ups. */
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

/** No value at all: a blank cell, an empty text, an empty list. */
export function isEmpty(value: Value): boolean {
  return value === null || value === '' || (isList(value) && value.length === 0);
}

/** Airtable's rule for conditions and filters: 0, false, "", NaN, blank and empty lists do not count. */
export function isTruthy(value: Value): boolean {
  if (isList(value)) return value.some((item) => isTruthy(item));
  if (isDate(value)) return true;
  return Boolean(value);
}

/** How a value reads inside a text: blank as nothing, true as 1, dates in ISO 8601, lists joined by commas. */
export function toText(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (isList(value)) return value.map(toText).join(', ');
  return new Date(value.time).toISOString();
}

const decimal = /^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** The number a value stands for, or undefined when it stands for none. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return decimal.test(value) ? Number(value) : undefined;
  if (value !== null && isList(value) && value.length === 1) return asNumber(value[0] as Value);
  return undefined;
}

/**
 * A number for arithmetic; blanks count as 0.
 * @throws FormulaFault for texts that are no number, dates and lists of several items.
 */
export function toNumber(value: Value): number {
  if (isEmpty(value)) return 0;
  const number = asNumber(value);
  if (number === undefined) throw new FormulaFault('not a number');
  return number;
}

/** A whole number, towards zero. */
export function toInteger(value: Value): number {
  return Math.trunc(toNumber(value));
}

/** A list as it is, blank as the empty list, anything else as a list of one. */
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
