import { z } from 'zod';
import { invalidValue } from '../airtable-problem.ts';
import type { CellInput, FieldKind, FieldOptions, StoredField } from './field-kind.ts';
import { parseOptions, precision } from './option-schema.ts';

function readNumber(value: unknown, { field, typecast }: CellInput): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typecast && typeof value === 'boolean') return Number(value);
  if (typecast && typeof value === 'string') {
    if (value.trim() === '') return null;
    const number = Number(value.replace(/[\s,$€£¥]/g, ''));
    if (Number.isFinite(number)) return number;
  }
  throw invalidValue(field.name);
}

function fixed(stored: unknown, options: FieldOptions): string {
  return (stored as number).toFixed((options.precision as number | undefined) ?? 0);
}

interface NumberKind {
  options: z.ZodType<FieldOptions>;
  read?(value: unknown, input: CellInput): number | null;
  text(stored: unknown, field: StoredField): string;
}

function numberKind({ options, read = readNumber, text }: NumberKind): FieldKind {
  return {
    canBePrimary: true,
    readOptions: (given) => parseOptions(options, given),
    read,
    show: (stored) => stored,
    value: (stored) => stored as number,
    text,
  };
}

/** `precision` is the number of displayed digits, not of stored ones. Default 0. */
export const plainNumberKind = numberKind({
  options: z.object({ precision: precision.default(0) }),
  text: (stored, field) => fixed(stored, field.options),
});

export const currencyKind = numberKind({
  options: z.object({ precision: z.int().min(0).max(7).default(2), symbol: z.string().max(20).default('$') }),
  text: (stored, { options }) => `${String(options.symbol)}${fixed(stored, options)}`,
});

/** Values are fractions: 0.5 is displayed as 50%. */
export const percentKind = numberKind({
  options: z.object({ precision: precision.default(0) }),
  text: (stored, { options }) => `${fixed((stored as number) * 100, options)}%`,
  read(value, input) {
    if (input.typecast && typeof value === 'string' && value.trim().endsWith('%')) {
      const number = readNumber(value.trim().slice(0, -1), input);
      return number === null ? null : number / 100;
    }
    return readNumber(value, input);
  },
});

const durationFormats = ['h:mm', 'h:mm:ss', 'h:mm:ss.S', 'h:mm:ss.SS', 'h:mm:ss.SSS'] as const;

/** Values are seconds. */
export const durationKind = numberKind({
  options: z.object({ durationFormat: z.enum(durationFormats).default('h:mm') }),
  read(value, input) {
    const clock =
      input.typecast && typeof value === 'string'
        ? /^(\d+):(\d\d?)(?::(\d\d?(?:\.\d+)?))?$/.exec(value)
        : null;
    if (clock === null) return readNumber(value, input);
    return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  },
  text(stored, { options }) {
    const form = String(options.durationFormat ?? 'h:mm');
    const seconds = Math.abs(stored as number);
    const two = (number: number) => String(number).padStart(2, '0');
    const sign = (stored as number) < 0 ? '-' : '';
    const clock = `${sign}${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`;
    if (form === 'h:mm') return clock;
    const digits = form.split('.')[1]?.length ?? 0;
    const rest = (seconds % 60).toFixed(digits);
    return `${clock}:${rest.padStart(digits === 0 ? 2 : digits + 3, '0')}`;
  },
});

const colors = z.string().max(30);

export const ratingKind: FieldKind = {
  ...numberKind({
    options: z.object({
      icon: z.string().max(30).default('star'),
      max: z.int().min(1).max(10).default(5),
      color: colors.default('yellowBright'),
    }),
    read(value, input) {
      const number = readNumber(value, input);
      if (number === null || number === 0) return null;
      const max = input.field.options.max as number;
      if (!Number.isInteger(number) || number < 1 || number > max)
        throw invalidValue(input.field.name, `a rating is a whole number from 1 to ${max}`);
      return number;
    },
    text: (stored) => String(stored),
  }),
  canBePrimary: false,
};

/** Only checked boxes are stored. An unchecked box is an empty cell. */
export const checkboxKind: FieldKind = {
  canBePrimary: false,
  readOptions: (options) =>
    parseOptions(
      z.object({ icon: z.string().max(30).default('check'), color: colors.default('greenBright') }),
      options,
    ),
  read(value, { field, typecast }) {
    if (typeof value === 'boolean') return value || null;
    if (typecast && (value === 1 || value === 0)) return value === 1 || null;
    if (typecast && typeof value === 'string') {
      const word = value.trim().toLowerCase();
      if (['true', '1', 'yes', 'checked'].includes(word)) return true;
      if (['false', '0', 'no', 'unchecked', ''].includes(word)) return null;
    }
    throw invalidValue(field.name);
  },
  show: (stored) => stored,
  value: (stored) => stored as boolean,
  text: () => 'checked',
};
