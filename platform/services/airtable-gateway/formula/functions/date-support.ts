import type { Moment, unitOfTime } from 'moment-timezone';
import { isoTime } from '../compare-values.ts';
import type { Evaluation } from '../evaluation.ts';
import { FormulaFault } from '../formula-error.ts';
import { type DateValue, dateValue, isDate, isList, toText, type Value } from '../value.ts';
import type { EagerFunction } from './function-definition.ts';

/** What one date operation costs in steps; it takes about as long as fifty plain expressions. */
const dateSteps = 50;

/** The range that dates may reach, years −9999 to 9999 or so; beyond it formats break down. */
const furthest = 2.5e14;

/** Forms that DATETIME_PARSE and date arguments given as texts are read in, tried strictly and in this order. */
const knownForms = [
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

/** @throws FormulaFault when the moment lies outside of what can be shown. */
export function fromMoment(moment: Moment, like?: DateValue): DateValue {
  const time = moment.valueOf();
  if (!(Math.abs(time) <= furthest)) throw new FormulaFault('a date out of range');
  return dateValue(time, like?.zone, like?.locale);
}

/** The value as a moment in its own zone and language. */
export function toMoment(date: DateValue, evaluation: Evaluation): Moment {
  return momentOf(evaluation).tz(date.time, date.zone).locale(date.locale);
}

/**
 * A date argument: a date, or a text in one of the usual forms.
 * @throws FormulaFault for blanks, numbers and texts that are no date.
 */
export function toDate(value: Value, evaluation: Evaluation): DateValue {
  evaluation.spend(dateSteps);
  if (isDate(value)) return value;
  if (isList(value) && value.length === 1) return toDate(value[0] as Value, evaluation);
  if (typeof value === 'string' && value.length <= 100) return parseDate(value, evaluation);
  throw new FormulaFault('not a date');
}

/** @throws FormulaFault when the text is no date in the form given, or in none of the usual ones. */
export function parseDate(text: string, evaluation: Evaluation, form?: string, locale = 'en'): DateValue {
  if (form === undefined) {
    const time = isoTime(text.trim());
    if (time !== undefined) return dateValue(time);
    evaluation.spend(dateSteps * knownForms.length);
  }
  const moment = momentOf(evaluation);
  const parsed =
    form === undefined
      ? moment.utc(text.trim(), knownForms, locale, true)
      : moment.utc(text, form, locale, false);
  if (!parsed.isValid()) throw new FormulaFault('not a date');
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

/** @throws FormulaFault for a word that is no unit of time. Case counts for `m` (minutes) and `M` (months) only. */
export function toUnit(value: Value): unitOfTime.Base | 'quarters' {
  const word = toText(value).trim();
  const plain = word.length === 1 ? word : word.toLowerCase();
  if (quarters.has(plain)) return 'quarters';
  const unit = Object.hasOwn(units, plain) ? units[plain] : units[plain.toLowerCase()];
  if (unit === undefined) throw new FormulaFault('not a unit of time');
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
