import type { Evaluation } from '../evaluation.ts';
import { FormulaValueError } from '../formula-error.ts';
import { type DateValue, dateValue, flatten, isDate, toInteger, type Value } from '../value.ts';
import { onDate, parseDate, toDate, toMoment } from './date-support.ts';
import type { FunctionDefinition } from './function-definition.ts';

const dayMs = 86_400_000;
const maxWorkdays = 20_000;
const maxHolidays = 1_000;

/** The calendar day of a date in its own time zone, in days since the epoch. */
function dayNumber(date: DateValue, evaluation: Evaluation): number {
  const moment = toMoment(date, evaluation);
  return Date.UTC(moment.year(), moment.month(), moment.date()) / dayMs;
}

/** 1970-01-01 was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

/** Reads holidays from a list of dates, or from texts with comma-separated ISO dates. */
function holidaysOf(value: Value | undefined, evaluation: Evaluation): Set<number> {
  const days = new Set<number>();
  for (const item of flatten([value ?? null])) {
    const dates = isDate(item)
      ? [item]
      : typeof item === 'string'
        ? item
            .split(',')
            .map((text) => text.trim())
            .filter((text) => text !== '')
            .map((text) => parseDate(text, evaluation))
        : [];
    if (days.size + dates.length > maxHolidays) throw new FormulaValueError('too many holidays');
    for (const date of dates) {
      evaluation.spend(10);
      days.add(dayNumber(date, evaluation));
    }
  }
  return days;
}

/** Number of working days from first to last, inclusive. First must not be after last. */
function workdaysBetween(first: number, last: number, holidays: ReadonlySet<number>): number {
  const whole = Math.floor((last - first + 1) / 7);
  let count = whole * 5;
  for (let day = first + whole * 7; day <= last; day += 1) if (!isWeekend(day)) count += 1;
  for (const holiday of holidays) if (holiday >= first && holiday <= last && !isWeekend(holiday)) count -= 1;
  return count;
}

export const workdayFunctions: readonly FunctionDefinition[] = [
  onDate('WORKDAY', [2, 3], (date, [amount = null, holidayList], evaluation) => {
    const count = toInteger(amount);
    if (Math.abs(count) > maxWorkdays) throw new FormulaValueError('too many working days');
    evaluation.spend(Math.abs(count));
    const holidays = holidaysOf(holidayList, evaluation);
    const start = dayNumber(date, evaluation);
    const step = count < 0 ? -1 : 1;
    let day = start;
    for (let left = Math.abs(count); left > 0; ) {
      day += step;
      if (!isWeekend(day) && !holidays.has(day)) left -= 1;
    }
    return dateValue(
      toMoment(date, evaluation)
        .add(day - start, 'days')
        .valueOf(),
      date.zone,
      date.locale,
    );
  }),
  onDate('WORKDAY_DIFF', [2, 3], (date, [other = null, holidayList], evaluation) => {
    const from = dayNumber(date, evaluation);
    const to = dayNumber(toDate(other, evaluation), evaluation);
    const holidays = holidaysOf(holidayList, evaluation);
    return from <= to ? workdaysBetween(from, to, holidays) : -workdaysBetween(to, from, holidays);
  }),
];
