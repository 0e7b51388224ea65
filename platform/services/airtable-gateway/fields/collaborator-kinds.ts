import { z } from 'zod';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { invalidValue, unknownUser } from '../airtable-problem.ts';
import { referenceOf, type User, type UserReference } from '../users/user.ts';
import type { CellInput, FieldKind } from './field-kind.ts';
import { parseOptions } from './option-schema.ts';

/** Maximum number of users in a cell. */
const maxUsers = 500;
const maxText = 254;

const Given = z.union([
  z
    .object({ id: z.string().min(1).max(maxText) })
    .transform(({ id }): UserReference => ({ by: 'id', value: id })),
  z
    .object({ email: z.string().min(1).max(maxText) })
    .transform(({ email }): UserReference => ({ by: 'email', value: storableText(email).trim() })),
]);
const GivenList = z.array(z.unknown()).max(maxUsers);

type Reading = Pick<CellInput, 'field' | 'typecast'>;

function readOne(value: unknown, { field, typecast }: Reading): UserReference {
  if (typecast && typeof value === 'string' && value.length <= maxText) return referenceOf(value);
  const parsed = Given.safeParse(value);
  if (!parsed.success) throw invalidValue(field.name);
  return parsed.data;
}

function isBlank(value: unknown, { typecast }: Reading): boolean {
  return typecast && typeof value === 'string' && value.trim() === '';
}

/**
 * The users that a value names: objects with `id` or `email`, and with `typecast` ids, email addresses and names.
 * @throws AirtableProblem for a value of another form
 */
function references(value: unknown, reading: Reading): UserReference[] {
  if (isBlank(value, reading)) return [];
  if (reading.field.type === 'singleCollaborator') return [readOne(value, reading)];
  const items = GivenList.safeParse(reading.typecast && typeof value === 'string' ? value.split(',') : value);
  if (!items.success) throw invalidValue(reading.field.name);
  return items.data.filter((item) => !isBlank(item, reading)).map((item) => readOne(item, reading));
}

/** The users that a value of a request names; none for a field of another type. Wrong values are rejected later. */
export function namedUsers(value: unknown, reading: Reading): UserReference[] {
  const { type } = reading.field;
  if (type !== 'singleCollaborator' && type !== 'multipleCollaborators') return [];
  if (value === null || value === undefined) return [];
  return references(value, reading);
}

function readUsers(value: unknown, input: CellInput): User[] {
  const users = new Map<string, User>();
  for (const reference of references(value, input)) {
    const user = input.users.find(reference);
    if (user === undefined) throw unknownUser(input.field.name, reference.value);
    users.set(user.id, user);
  }
  return [...users.values()];
}

/** Like Airtable's own, without the notification itself: the platform sends none. */
const Options = z.object({ shouldNotify: z.boolean().optional() });

/** The text of a user in formulas, sorted lists and cells as text. */
export function nameOf({ name, email }: User): string {
  return name === '' ? email : name;
}

function namesOf(stored: unknown): string[] {
  return (stored as User[]).map(nameOf);
}

/** Cells contain users as they were found: names and addresses of accounts do not change. */
export const singleCollaboratorKind: FieldKind = {
  canBePrimary: false,
  readOptions: (options) => parseOptions(Options, options),
  read: (value, input) => readUsers(value, input)[0] ?? null,
  show: (stored) => stored,
  value: (stored) => nameOf(stored as User),
  text: (stored) => nameOf(stored as User),
};

export const multipleCollaboratorsKind: FieldKind = {
  canBePrimary: false,
  readOptions: (options) => parseOptions(Options, options),
  read(value, input) {
    const users = readUsers(value, input);
    return users.length === 0 ? null : users;
  },
  show: (stored) => stored,
  value: namesOf,
  text: (stored) => namesOf(stored).join(', '),
};
