import { z } from 'zod';
import { invalidFieldOptions } from '../airtable-problem.ts';
import type { FieldOptions } from './field-kind.ts';

/** @throws AirtableProblem that names the invalid option */
export function parseOptions<S extends z.ZodType>(schema: S, options: FieldOptions): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalidFieldOptions(
    `Invalid options: ${issue === undefined ? 'unknown' : `${issue.path.join('.')} ${issue.message}`}`,
  );
}

export const precision = z.int().min(0).max(8);

const dateFormats = {
  local: 'l',
  friendly: 'LL',
  us: 'M/D/YYYY',
  european: 'D/M/YYYY',
  iso: 'YYYY-MM-DD',
} as const;
const timeFormats = { '12hour': 'h:mma', '24hour': 'HH:mm' } as const;

const dateFormatNames = Object.keys(dateFormats) as [keyof typeof dateFormats];
const timeFormatNames = Object.keys(timeFormats) as [keyof typeof timeFormats];

export const dateFormat = z
  .object({ name: z.enum(dateFormatNames) })
  .default({ name: 'iso' })
  .transform(({ name }) => ({ name, format: dateFormats[name] }));

export const timeFormat = z
  .object({ name: z.enum(timeFormatNames) })
  .default({ name: '24hour' })
  .transform(({ name }) => ({ name, format: timeFormats[name] }));

export const timeZone = z
  .string()
  .max(64)
  .default('utc')
  .refine((name) => name === 'client' || isTimeZone(name), 'is not a time zone');

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
