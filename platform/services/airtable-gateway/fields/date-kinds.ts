import { z } from 'zod';
import { invalidValue } from '../airtable-problem.ts';
import { isoTime } from '../formula/compare-values.ts';
import { dateValue } from '../formula/value.ts';
import type { CellInput, FieldKind, FieldOptions, TextFormat } from './field-kind.ts';
import { dateFormat, parseOptions, timeFormat, timeZone } from './option-schema.ts';
import { readDateText } from './read-date.ts';
import { instantIn } from './time-zone.ts';

/** Years 0 to 9999; milliseconds since the epoch. */
const earliest = Date.parse('0000-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A time from a request. ISO 8601 is always accepted, other texts only with `typecast`. A text without a zone or offset
 * is in `zone`.
 */
function readTime(value: unknown, { field, typecast }: CellInput, zone: string): number | null {
  if (typeof value !== 'string') throw invalidValue(field.name);
  const text = value.trim();
  if (text === '') return null;
  // JavaScript turns February 30 into a day in March; Airtable rejects it.
  if (/^\d{4}-\d\d-\d\d/.test(text) && !isRealDay(text.slice(0, 10))) throw invalidValue(field.name);
  const iso = isoTime(text);
  const dayFirst = (field.options.dateFormat as { name?: string } | undefined)?.name === 'european';
  let time: number | undefined;
  if (iso !== undefined) time = hasZone(text) ? iso : instantIn(zone, iso);
  else if (typecast) time = readDateText(text, { dayFirst, zone });
  if (time === undefined || time < earliest || time > latest) throw invalidValue(field.name);
  return time;
}

/** Whether an ISO 8601 text names its zone. */
function hasZone(text: string): boolean {
  return /Z|[+-]\d\d:?\d\d$/.test(text.slice(10));
}

function isRealDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

export const dateKind: FieldKind = {
  canBePrimary: true,
  readOptions: (options) => parseOptions(z.object({ dateFormat }), options),
  read(value, input) {
    const time = readTime(value, input, 'UTC');
    return time === null ? null : new Date(time).toISOString().slice(0, 10);
  },
  show: (stored) => stored,
  value: (stored) => dateValue(Date.parse(stored as string)),
  text: (stored, { options }, format) => formatDay(Date.parse(stored as string), options, format),
};

export const dateTimeOptions = z.object({ dateFormat, timeFormat, timeZone });

/**
 * As Airtable documents, a text without a zone is in the field's time zone; with `client` it is in UTC, since the API
 * does not know the client's zone.
 */
export const dateTimeKind: FieldKind = {
  canBePrimary: true,
  readOptions: (options) => parseOptions(dateTimeOptions, options),
  read(value, input) {
    const own = input.field.options.timeZone as string | undefined;
    const time = readTime(value, input, own === undefined || own === 'client' ? 'UTC' : own);
    return time === null ? null : new Date(time).toISOString();
  },
  show: (stored) => stored,
  value: (stored) => dateValue(Date.parse(stored as string)),
  text: (stored, field, format) => formatDateTime(Date.parse(stored as string), field.options, format),
};

function parts(
  time: number,
  format: TextFormat,
  options: Intl.DateTimeFormatOptions,
): Record<string, string> {
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: format.timeZone, ...options });
  return Object.fromEntries(formatter.formatToParts(time).map(({ type, value }) => [type, value]));
}

/** A day in the format of the field's options. `local` and `friendly` use the reader's locale. */
function formatDate(time: number, options: FieldOptions | undefined, format: TextFormat): string {
  const name = (options?.dateFormat as { name?: string } | undefined)?.name ?? 'iso';
  // Like Airtable's formats `l` and `LL`, both contain all digits of the year.
  if (name === 'local' || name === 'friendly')
    return new Intl.DateTimeFormat(format.locale, {
      timeZone: format.timeZone,
      ...(name === 'friendly'
        ? { dateStyle: 'long' }
        : { year: 'numeric', month: 'numeric', day: 'numeric' }),
    }).format(time);
  const {
    year = '',
    month = '',
    day = '',
  } = parts(time, format, {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  const fullYear = year.padStart(4, '0');
  if (name === 'us') return `${month}/${day}/${fullYear}`;
  if (name === 'european') return `${day}/${month}/${fullYear}`;
  return `${fullYear}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** A day without a time: it is the same day in every zone. `time` is its midnight in UTC. */
export function formatDay(time: number, options: FieldOptions | undefined, { locale }: TextFormat): string {
  return formatDate(time, options, { locale, timeZone: 'UTC' });
}

/** A time in the field's time zone, or in the reader's when the field has none. */
export function formatDateTime(time: number, options: FieldOptions | undefined, format: TextFormat): string {
  const own = options?.timeZone as string | undefined;
  const zoned = { ...format, timeZone: own === undefined || own === 'client' ? format.timeZone : own };
  const twelve = (options?.timeFormat as { name?: string } | undefined)?.name === '12hour';
  const {
    hour = '',
    minute = '',
    dayPeriod = '',
  } = parts(time, zoned, {
    hour: 'numeric',
    minute: '2-digit',
    hourCycle: twelve ? 'h12' : 'h23',
  });
  const clock = twelve ? `${hour}:${minute}${dayPeriod.toLowerCase()}` : `${hour.padStart(2, '0')}:${minute}`;
  return `${formatDate(time, options, zoned)} ${clock}`;
}
