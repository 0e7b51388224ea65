import { z } from 'zod';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { newId } from '../airtable-id.ts';
import { invalidFieldOptions, invalidValue, unknownChoice } from '../airtable-problem.ts';
import type { CellInput, Choice, FieldKind, FieldOptions, StoredField } from './field-kind.ts';
import { parseOptions } from './option-schema.ts';

const colors = [
  'blueLight2',
  'cyanLight2',
  'tealLight2',
  'greenLight2',
  'yellowLight2',
  'orangeLight2',
  'redLight2',
  'pinkLight2',
  'purpleLight2',
  'grayLight2',
] as const;
const maxChoices = 5_000;
const maxNameLength = 500;

const Choices = z.object({
  choices: z
    .array(
      z.object({
        id: z.string().max(17).optional(),
        name: z.string().trim().min(1).max(maxNameLength),
        color: z.string().max(30).optional(),
      }),
    )
    .max(maxChoices)
    .default([]),
});

export function choicesOf(options: FieldOptions): readonly Choice[] {
  return (options.choices as readonly Choice[] | undefined) ?? [];
}

/** A new choice with the next colour. */
export function newChoice(name: string, position: number): Choice {
  return { id: newId('sel'), name, color: colors[position % colors.length] ?? colors[0] };
}

/** Existing choices keep their ids, also when they are renamed. */
function readChoices(options: FieldOptions, before?: FieldOptions): FieldOptions {
  const known = choicesOf(before ?? {});
  const choices = parseOptions(Choices, options).choices.map((given, position): Choice => {
    const old = known.find(({ id, name }) =>
      given.id === undefined ? name === given.name : id === given.id,
    );
    if (given.id !== undefined && old === undefined)
      throw invalidFieldOptions(`Invalid options: the field has no choice ${given.id}`);
    const fresh = old ?? newChoice(given.name, position);
    return { id: fresh.id, name: given.name, color: given.color ?? fresh.color };
  });
  const names = new Set(choices.map(({ name }) => name));
  if (names.size !== choices.length)
    throw invalidFieldOptions('Invalid options: two choices have the same name');
  return { choices };
}

function findChoice(text: string, { field, typecast, addChoice }: CellInput): Choice {
  const choices = choicesOf(field.options);
  const exact = choices.find(({ id, name }) => name === text || id === text);
  if (exact !== undefined) return exact;
  if (!typecast) throw unknownChoice(field.name, text.slice(0, 200));
  const name = storableText(text).trim();
  const known = choices.find((choice) => choice.name === name);
  if (known !== undefined) return known;
  if (name === '' || name.length > maxNameLength || choices.length >= maxChoices)
    throw unknownChoice(field.name, text.slice(0, 200));
  return addChoice(name);
}

function nameOf(id: unknown, field: StoredField): string {
  return choicesOf(field.options).find((choice) => choice.id === id)?.name ?? '';
}

/** Cells contain ids of choices, so that renaming a choice changes no records. */
export const singleSelectKind: FieldKind = {
  canBePrimary: false,
  readOptions: readChoices,
  read(value, input) {
    if (typeof value !== 'string') throw invalidValue(input.field.name);
    return value.trim() === '' ? null : findChoice(value, input).id;
  },
  show: nameOf,
  value: nameOf,
  text: nameOf,
};

function namesOf(stored: unknown, field: StoredField): string[] {
  return (stored as string[]).map((id) => nameOf(id, field));
}

const maxSelected = 1_000;

export const multipleSelectsKind: FieldKind = {
  canBePrimary: false,
  readOptions: readChoices,
  read(value, input) {
    const texts =
      input.typecast && typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value;
    if (!Array.isArray(texts) || texts.length > maxSelected) throw invalidValue(input.field.name);
    const ids = new Set<string>();
    for (const text of texts) {
      if (typeof text !== 'string') throw invalidValue(input.field.name);
      if (text.trim() !== '') ids.add(findChoice(text, input).id);
    }
    return ids.size === 0 ? null : [...ids];
  },
  show: namesOf,
  value: namesOf,
  text: (stored, field) => namesOf(stored, field).join(', '),
};
