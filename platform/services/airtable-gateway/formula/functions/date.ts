import { FormulaValueError } from '../formula-error.ts';
import { dateValue, isEmpty, toNumber, toText } from '../value.ts';
import { fromMoment, momentOf, onDate, parseDate, toDate, toMoment, toUnit } from './date-support.ts';
import type { FunctionDefinition } from './function-definition.ts';

/** Maximum offset of DATEADD in its unit. */
const maxMove = 1e12;

export const dateFunctions: readonly FunctionDefinition[] = [
  { name: 'NOW', arity: [0, 0], apply: (_args, { now }) => dateValue(now) },
  { name: 'TODAY', arity: [0, 0], apply: (_args, { now }) => dateValue(now - modulo(now, 86_400_000)) },
  onDate('DATEADD', [3, 3], (date, [amount = null, unit = null], evaluation) => {
    const count = toNumber(amount);
    if (!(Math.abs(count) <= maxMove)) throw new FormulaValueError('an offset out of range');
    return fromMoment(toMoment(date, evaluation).add(count, toUnit(unit)), date);
  }),
  onDate('DATETIME_DIFF', [2, 3], (date, [other = null, unit], evaluation) => {
    const measure = unit === undefined || isEmpty(unit) ? 'seconds' : toUnit(unit);
    return toMoment(date, evaluation).diff(toMoment(toDate(other, evaluation), evaluation), measure) + 0;
  }),
  onDate('DATETIME_FORMAT', [1, 2], (date, [format], evaluation) => {
    const pattern = format === undefined || isEmpty(format) ? undefined : toText(format);
    if (pattern !== undefined) evaluation.allowText(pattern.length * 40);
    return toMoment(date, evaluation).format(pattern);
  }),
  {
    name: 'DATETIME_PARSE',
    arity: [1, 3],
    needs: 'moment',
    apply([value = null, format, locale], evaluation) {
      if (format === undefined || isEmpty(format)) return toDate(value, evaluation);
      const text = toText(value);
      const pattern = toText(format);
      if (text.length > 200 || pattern.length > 200) throw new FormulaValueError('not a date');
      evaluation.spend(100);
      return parseDate(text, evaluation, pattern, locale === undefined ? 'en' : toLocale(toText(locale)));
    },
  },
  onDate('DATESTR', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).format('YYYY-MM-DD')),
  onDate('TIMESTR', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).format('HH:mm:ss')),
  onDate('YEAR', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).year()),
  onDate('MONTH', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).month() + 1),
  onDate('DAY', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).date()),
  onDate('HOUR', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).hour()),
  onDate('MINUTE', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).minute()),
  onDate('SECOND', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).second()),
  onDate('WEEKDAY', [1, 2], (date, [start], evaluation) =>
    modulo(toMoment(date, evaluation).day() - firstWeekday(start === undefined ? '' : toText(start)), 7),
  ),
  onDate('WEEKNUM', [1, 2], (date, [start], evaluation) => {
    const first = firstWeekday(start === undefined ? '' : toText(start));
    const moment = toMoment(date, evaluation);
    const january = moment.clone().startOf('year').day();
    return Math.floor((moment.dayOfYear() - 1 + modulo(january - first, 7)) / 7) + 1;
  }),
  onDate(
    'IS_BEFORE',
    [2, 2],
    (date, [other = null], evaluation) => date.time < toDate(other, evaluation).time,
  ),
  onDate(
    'IS_AFTER',
    [2, 2],
    (date, [other = null], evaluation) => date.time > toDate(other, evaluation).time,
  ),
  onDate('IS_SAME', [2, 3], (date, [other = null, unit], evaluation) => {
    const second = toDate(other, evaluation);
    if (unit === undefined || isEmpty(unit)) return date.time === second.time;
    return toMoment(date, evaluation).isSame(toMoment(second, evaluation), toUnit(unit) as 'days');
  }),
  onDate('FROMNOW', [1, 1], (date, _rest, evaluation) =>
    toMoment(date, evaluation).from(evaluation.now, true),
  ),
  onDate('TONOW', [1, 1], (date, _rest, evaluation) => toMoment(date, evaluation).to(evaluation.now, true)),
  onDate('SET_TIMEZONE', [2, 2], (date, [zone = null], evaluation) => {
    const name = toText(zone).replaceAll(' ', '_');
    if (momentOf(evaluation).tz.zone(name) === null) throw new FormulaValueError('not a time zone');
    return dateValue(date.time, name, date.locale);
  }),
  onDate('SET_LOCALE', [2, 2], (date, [locale = null]) => {
    return dateValue(date.time, date.zone, toLocale(toText(locale)));
  }),
];

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

function firstWeekday(name: string): number {
  return name.trim().toLowerCase() === 'monday' ? 1 : 0;
}

/** Moment falls back to English for unknown languages. Only language tags may reach it. */
function toLocale(text: string): string {
  const tag = text.trim().toLowerCase();
  return /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,2}$/.test(tag) ? tag : 'en';
}
