import { isId } from '../../airtable-id.ts';
import { computedField, invalidValue } from '../../airtable-problem.ts';
import { choicesOf, newChoice } from '../../fields/choice-kinds.ts';
import { namedUsers } from '../../fields/collaborator-kinds.ts';
import type { Choice, StoredField } from '../../fields/field-kind.ts';
import { isComputed, kindOf } from '../../fields/field-kinds.ts';
import type { NewRecord } from '../../upstream.ts';
import type { KnownUsers, UserReference } from '../../users/user.ts';
import { isDeeperThan } from '../nesting.ts';
import { fieldNamed, findField, type StoredTable } from '../schema/stored-base.ts';

const maxLinks = 1_000;
/** Maximum nesting of a cell value in a request; no field accepts deeper ones. */
const maxDepth = 10;

/** The new values of one record's fields; undefined clears a cell. */
export interface CellChanges {
  plain: Map<StoredField, unknown>;
  /** Record ids; with `typecast` also names of records. */
  links: Map<StoredField, readonly string[]>;
}

/** The users that the collaborator fields of requests name. */
export function usersIn(
  table: StoredTable,
  records: readonly NewRecord[],
  typecast: boolean,
): UserReference[] {
  return records.flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([name, value]) => {
      const field = fieldNamed(table, name);
      return field === undefined ? [] : namedUsers(value, { field, typecast });
    }),
  );
}

/** Reads the cells of requests for one table and collects the choices that `typecast` adds. */
export class CellReader {
  readonly #table: StoredTable;
  readonly #typecast: boolean;
  readonly #extended: Map<StoredField, StoredField>;
  readonly #users: KnownUsers;

  /**
   * @param options.extended receives each field with new choices and its previous state; the caller saves them
   * @param options.users those that the requests name; see `usersIn`
   */
  constructor(
    table: StoredTable,
    options: { typecast: boolean; extended: Map<StoredField, StoredField>; users: KnownUsers },
  ) {
    this.#table = table;
    this.#typecast = options.typecast;
    this.#extended = options.extended;
    this.#users = options.users;
  }

  /**
   * @param before the record's stored cells, for attachments that are kept
   * @throws AirtableProblem for unknown fields, computed fields and invalid values
   */
  read(
    fields: Readonly<Record<string, unknown>>,
    before: Readonly<Record<string, unknown>> = {},
  ): CellChanges {
    const changes: CellChanges = { plain: new Map(), links: new Map() };
    for (const [name, value] of Object.entries(fields)) {
      const field = findField(this.#table, name);
      if (isComputed(field.type)) throw computedField(field.name);
      if (isDeeperThan(value, maxDepth)) throw invalidValue(field.name, 'nested too deeply');
      const kind = kindOf(field.type);
      if (kind === undefined) changes.links.set(field, this.#readLinks(value, field));
      else if (value === null || value === undefined) changes.plain.set(field, undefined);
      else {
        const stored = kind.read(value, {
          field,
          typecast: this.#typecast,
          before: before[field.id],
          addChoice: (choice) => this.#addChoice(field, choice),
          users: this.#users,
        });
        changes.plain.set(field, stored ?? undefined);
      }
    }
    return changes;
  }

  #addChoice(field: StoredField, name: string): Choice {
    const choices = choicesOf(field.options);
    const choice = newChoice(name, choices.length);
    if (!this.#extended.has(field)) this.#extended.set(field, { ...field });
    field.options = { ...field.options, choices: [...choices, choice] };
    return choice;
  }

  #readLinks(value: unknown, field: StoredField): readonly string[] {
    if (value === null || value === undefined) return [];
    const items = this.#typecast && typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(items) || items.length > maxLinks) throw invalidValue(field.name);
    const links = items.map((item: unknown) => {
      const link = item !== null && typeof item === 'object' ? (item as { id?: unknown }).id : item;
      if (typeof link !== 'string') throw invalidValue(field.name);
      const text = link.trim();
      if (!this.#typecast && !isId('rec', text)) throw invalidValue(field.name, 'links must be record ids');
      return text;
    });
    return [...new Set(links.filter((link) => link !== ''))];
  }
}
