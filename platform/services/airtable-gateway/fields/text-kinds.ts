import { z } from 'zod';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { invalidValue } from '../api/airtable-problem.ts';
import { type CellInput, type FieldKind, noOptions } from './field-kind.ts';
import { parseOptions } from './option-schema.ts';

/** Airtable's limit for long texts, in characters. */
const longest = 100_000;

/**
 * Texts of any sort. Like Airtable, email, url and phone fields hold what they are given: their types decide how
 * clients show a value, not what it may be.
 */
export const textKind: FieldKind = {
  canBePrimary: true,
  readOptions: noOptions,
  read(value, { field, typecast }) {
    const text = typeof value === 'string' ? value : typecast ? toText(value) : undefined;
    if (text === undefined) throw invalidValue(field.name);
    if (text.length > longest) throw invalidValue(field.name, `more than ${longest} characters`);
    // PostgreSQL's JSON cannot hold NUL.
    return text === '' ? null : storableText(text);
  },
  show: (stored) => stored,
  value: (stored) => stored as string,
  text: (stored) => stored as string,
};

function toText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number'))
    return value.join(', ');
  return undefined;
}

const Barcode = z.strictObject({ text: z.string().min(1).max(1000), type: z.string().max(50).optional() });
type Barcode = z.output<typeof Barcode>;

export const barcodeKind: FieldKind = {
  canBePrimary: true,
  readOptions: (options) => parseOptions(z.object({}), options),
  read(value, { field, typecast }: CellInput) {
    const parsed = Barcode.safeParse(typecast && typeof value === 'string' ? { text: value } : value);
    if (!parsed.success) throw invalidValue(field.name);
    return { ...parsed.data, text: storableText(parsed.data.text) };
  },
  show: (stored) => stored,
  value: (stored) => (stored as Barcode).text,
  text: (stored) => (stored as Barcode).text,
};
