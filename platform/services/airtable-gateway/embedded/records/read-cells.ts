import { isId } from '../../airtable-id.ts';
import { computedField, invalidValue } from '../../api/airtable-problem.ts';
import { choicesOf, newChoice } from '../../fields/choice-kinds.ts';
import type { Choice, StoredField } from '../../fields/field-kind.ts';
import { isComputed, kindOf } from '../../fields/field-kinds.ts';
import { findField, type StoredTable } from '../schema/base-schema.ts';

const mostLinks = 1_000;
/** Most nesting of a value from a request; deeper ones hold nothing that any field takes. */
const deepestValue = 10;

/** What one record's fields are to become; undefined clears a cell. */
export interface CellChanges {
  plain: Map<StoredField, unknown>;
  /** Record ids, or names of records where `typecast` allows them. */
  links: Map<StoredField, readonly string[]>;
}

/** Reads the cells of requests for one table, collecting choices that `typecast` adds on the way. */
export class CellReader {
  readonly #table: StoredTable;
  readonly #typecast: boolean;
  readonly #extended: Map<StoredField, StoredField>;

  /** @param options.extended receives the fields that get choices, to be saved with the records, and as they were */
  constructor(table: StoredTable, options: { typecast: boolean; extended: Map<StoredField, StoredField> }) {
    this.#table = table;
    this.#typecast = options.typecast;
    this.#extended = options.extended;
  }

  /**
   * @param before the record's stored cells, for attachments that stay
   * @throws AirtableProblem for unknown and computed fields and for values that a field cannot hold
   */
  read(
    fields: Readonly<Record<string, unknown>>,
    before: Readonly<Record<string, unknown>> = {},
  ): CellChanges {
    const changes: CellChanges = { plain: new Map(), links: new Map() };
    for (const [name, value] of Object.entries(fields)) {
      const field = findField(this.#table, name);
      if (isComputed(field.type)) throw computedField(field.name);
      if (isTooDeep(value, deepestValue)) throw invalidValue(field.name, 'nested too deeply');
      const kind = kindOf(field.type);
      if (kind === undefined) changes.links.set(field, this.#readLinks(value, field));
      else if (value === null || value === undefined) changes.plain.set(field, undefined);
      else {
        const stored = kind.read(value, {
          field,
          typecast: this.#typecast,
          before: before[field.id],
          addChoice: (choice) => this.#addChoice(field, choice),
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
    if (!Array.isArray(items) || items.length > mostLinks) throw invalidValue(field.name);
    const links = items.map((item: unknown) => {
      const link = item !== null && typeof item === 'object' ? (item as { id?: unknown }).id : item;
      if (typeof link !== 'string') throw invalidValue(field.name);
      const text = link.trim();
      if (!this.#typecast && !isId('rec', text)) throw invalidValue(field.name, 'links are record ids');
      return text;
    });
    return [...new Set(links.filter((link) => link !== ''))];
  }
}

function isTooDeep(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((part) => isTooDeep(part, depth - 1));
}
