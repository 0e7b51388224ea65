import { z } from 'zod';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { invalidValue } from '../airtable-problem.ts';
import { type CellInput, type FieldKind, noOptions } from './field-kind.ts';
import { parseOptions } from './option-schema.ts';

/** Airtable's maximum length of a text, characters. */
const maxLength = 100_000;

/**
 * All text types. As in Airtable, email, url and phone fields accept any text: their type only decides how clients
 * display a value.
 */
export const textKind: FieldKind = {
  canBePrimary: true,
  readOptions: noOptions,
  read(value, { field, typecast }) {
    const text = typeof value === 'string' ? value : typecast ? toText(value) : undefined;
    if (text === undefined) throw invalidValue(field.name);
    if (text.length > maxLength) throw invalidValue(field.name, `more than ${maxLength} characters`);
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
