import type { Moment, unitOfTime } from 'moment-timezone';
import { isoTime } from '../compare-values.ts';
import type { Evaluation } from '../evaluation.ts';
import { FormulaValueError } from '../formula-error.ts';
import { type DateValue, dateValue, isDate, isList, toText, type Value } from '../value.ts';
import type { EagerFunction } from './function-definition.ts';

/** Cost of one date operation in steps: it takes about as long as fifty simple expressions. */
const dateSteps = 50;

/** Maximum distance from the epoch, milliseconds: about the years −9999 to 9999. Formats fail beyond it. */
const maxTime = 2.5e14;

/** Formats of DATETIME_PARSE and of date arguments that are texts, tried strictly in this order. */
const knownFormats = [
  'YYYY-MM-DDTHH:mm:ss.SSSSZ',
  'YYYY-MM-DD HH:mm:ss',
  'YYYY-MM-DD HH:mm',
  'YYYY/M/D',
  'M/D/YYYY',
  'M/D/YYYY H:mm',
  'M/D/YYYY h:mma',
  'M/D/YYYY h:mm a',
  'D MMM YYYY',
  'D MMM YYYY HH:mm',
  'D MMMM YYYY',
  'MMM D, YYYY',
  'MMMM D, YYYY',
  'MMM D YYYY',
  'MMMM D YYYY',
  'MMM YYYY',
  'MMMM YYYY',
  'YYYY-MM',
  'YYYY',
];

export function momentOf(evaluation: Evaluation): typeof import('moment-timezone') {
  if (evaluation.libraries.moment === undefined) throw new Error('the date library is not loaded');
  return evaluation.libraries.moment;
}

/** @throws FormulaValueError when the time is out of range */
export function fromMoment(moment: Moment, like?: DateValue): DateValue {
  const time = moment.valueOf();
  if (!(Math.abs(time) <= maxTime)) throw new FormulaValueError('a date out of range');
  return dateValue(time, like?.zone, like?.locale);
}

/** The date in its own time zone and language. */
export function toMoment(date: DateValue, evaluation: Evaluation): Moment {
  return momentOf(evaluation).tz(date.time, date.zone).locale(date.locale);
}

/**
 * Converts a date argument: a date, or a text in one of the known formats.
 * @throws FormulaValueError for blanks, numbers and texts that are not dates
 */
export function toDate(value: Value, evaluation: Evaluation): DateValue {
  evaluation.spend(dateSteps);
  if (isDate(value)) return value;
  if (isList(value) && value.length === 1) return toDate(value[0] as Value, evaluation);
  if (typeof value === 'string' && value.length <= 100) return parseDate(value, evaluation);
  throw new FormulaValueError('not a date');
}

/** @throws FormulaValueError when the text is not a date in the given format, or by default in a known one */
export function parseDate(text: string, evaluation: Evaluation, format?: string, locale = 'en'): DateValue {
  if (format === undefined) {
    const time = isoTime(text.trim());
    if (time !== undefined) return dateValue(time);
    evaluation.spend(dateSteps * knownFormats.length);
  }
  const moment = momentOf(evaluation);
  const parsed =
    format === undefined
      ? moment.utc(text.trim(), knownFormats, locale, true)
      : moment.utc(text, format, locale, false);
  if (!parsed.isValid()) throw new FormulaValueError('not a date');
  return fromMoment(parsed);
}

const units: Readonly<Record<string, unitOfTime.Base>> = {
  ms: 'milliseconds',
  millisecond: 'milliseconds',
  milliseconds: 'milliseconds',
  s: 'seconds',
  second: 'seconds',
  seconds: 'seconds',
  m: 'minutes',
  minute: 'minutes',
  minutes: 'minutes',
  h: 'hours',
  hour: 'hours',
  hours: 'hours',
  d: 'days',
  day: 'days',
  days: 'days',
  w: 'weeks',
  week: 'weeks',
  weeks: 'weeks',
  M: 'months',
  month: 'months',
  months: 'months',
  y: 'years',
  year: 'years',
  years: 'years',
};
const quarters = new Set(['Q', 'quarter', 'quarters']);

/** Case matters only for `m` (minutes) and `M` (months). @throws FormulaValueError for an unknown unit of time */
export function toUnit(value: Value): unitOfTime.Base | 'quarters' {
  const word = toText(value).trim();
  const plain = word.length === 1 ? word : word.toLowerCase();
  if (quarters.has(plain)) return 'quarters';
  const unit = Object.hasOwn(units, plain) ? units[plain] : units[plain.toLowerCase()];
  if (unit === undefined) throw new FormulaValueError('not a unit of time');
  return unit;
}

/** A function whose first argument is a date. */
export function onDate(
  name: string,
  arity: readonly [number, number],
  apply: (date: DateValue, rest: readonly Value[], evaluation: Evaluation) => Value,
): EagerFunction {
  return {
    name,
    arity,
    needs: 'moment',
    apply: ([value = null, ...rest], evaluation) => apply(toDate(value, evaluation), rest, evaluation),
  };
}
