import type { FieldType } from '../../../contracts/airtable-gateway/metadata.ts';
import type { Value } from '../formula/value.ts';
import type { KnownUsers } from '../users/user.ts';

export type FieldOptions = Readonly<Record<string, unknown>>;

/** A field as stored. */
export interface StoredField {
  id: string;
  name: string;
  type: FieldType;
  description: string | null;
  options: FieldOptions;
}

export interface Choice {
  id: string;
  name: string;
  color?: string | undefined;
}

/** The context of a cell value in a request. */
export interface CellInput {
  field: StoredField;
  typecast: boolean;
  /** The previous stored value, if any. */
  before: unknown;
  /** Adds a choice to a select field; only called with `typecast`. */
  addChoice(name: string): Choice;
  /** The users that the request names. */
  users: KnownUsers;
}

/** The format of cells as text (`cellFormat=string`). */
export interface TextFormat {
  timeZone: string;
  locale: string;
}

/** The behaviour of a field type whose values are stored in the record itself. */
export interface FieldKind {
  /** Whether a field of this type can be a table's primary field. */
  canBePrimary: boolean;
  /**
   * Validates the options of a new field, or the merged options of a changed one, and fills in defaults.
   * @throws AirtableProblem for invalid options
   */
  readOptions(options: FieldOptions, before?: FieldOptions): FieldOptions;
  /**
   * Converts a value from a request, neither null nor absent, to the value to store; null clears the cell.
   * @throws AirtableProblem for an invalid value
   */
  read(value: unknown, input: CellInput): unknown;
  /** The stored value in the API's format. */
  show(stored: unknown, field: StoredField): unknown;
  /** The stored value in formulas. */
  value(stored: unknown, field: StoredField): Value;
  text(stored: unknown, field: StoredField, format: TextFormat): string;
}

export function noOptions(): FieldOptions {
  return {};
}
