import { z } from 'zod';
import { invalidValue } from '../airtable-problem.ts';
import { isoTime } from '../formula/compare-values.ts';
import { dateValue } from '../formula/value.ts';
import type { CellInput, FieldKind, StoredField, TextFormat } from './field-kind.ts';
import { dateFormat, parseOptions, timeFormat, timeZone } from './option-schema.ts';

/** Years 0 to 9999; milliseconds since the epoch. */
const earliest = Date.parse('0000-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function readTime(value: unknown, { field, typecast }: CellInput): number | null {
  if (typeof value !== 'string') throw invalidValue(field.name);
  if (value.trim() === '') return null;
  const time =
    isoTime(value.trim()) ?? (typecast ? Date.parse(`${value} UTC`) || Date.parse(value) : undefined);
  if (time === undefined || Number.isNaN(time) || time < earliest || time > latest)
    throw invalidValue(field.name);
  // JavaScript turns February 30 into a day in March; Airtable rejects it.
  if (/^\d{4}-\d\d-\d\d/.test(value.trim()) && !isRealDay(value.trim().slice(0, 10)))
    throw invalidValue(field.name);
  return time;
}

function isRealDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

export const dateKind: FieldKind = {
  canBePrimary: true,
  readOptions: (options) => parseOptions(z.object({ dateFormat }), options),
  read(value, input) {
    const time = readTime(value, input);
    return time === null ? null : new Date(time).toISOString().slice(0, 10);
  },
  show: (stored) => stored,
  value: (stored) => dateValue(Date.parse(stored as string)),
  text: (stored, field, { locale }) =>
    formatDate(Date.parse(stored as string), field, { locale, timeZone: 'UTC' }),
};

export const dateTimeOptions = z.object({ dateFormat, timeFormat, timeZone });

/** Texts without a time zone are UTC. */
export const dateTimeKind: FieldKind = {
  canBePrimary: true,
  readOptions: (options) => parseOptions(dateTimeOptions, options),
  read(value, input) {
    const time = readTime(value, input);
    return time === null ? null : new Date(time).toISOString();
  },
  show: (stored) => stored,
  value: (stored) => dateValue(Date.parse(stored as string)),
  text: (stored, field, format) => formatDateTime(Date.parse(stored as string), field, format),
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
function formatDate(time: number, field: StoredField, format: TextFormat): string {
  const name = (field.options.dateFormat as { name?: string } | undefined)?.name ?? 'iso';
  if (name === 'local' || name === 'friendly')
    return new Intl.DateTimeFormat(format.locale, {
      timeZone: format.timeZone,
      dateStyle: name === 'local' ? 'short' : 'long',
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
  if (name === 'us') return `${month}/${day}/${year}`;
  if (name === 'european') return `${day}/${month}/${year}`;
  return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** A time in the field's time zone, or in the reader's when the field has none. */
export function formatDateTime(time: number, field: StoredField, format: TextFormat): string {
  const own = field.options.timeZone as string | undefined;
  const zoned = { ...format, timeZone: own === undefined || own === 'client' ? format.timeZone : own };
  const twelve = (field.options.timeFormat as { name?: string } | undefined)?.name === '12hour';
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
  return `${formatDate(time, field, zoned)} ${clock}`;
}
