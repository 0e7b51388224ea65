import type { FieldType } from '../../../contracts/airtable-gateway/metadata.ts';
import type { Value } from '../formula/value.ts';

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

/** How cells are read from a request. */
export interface CellInput {
  field: StoredField;
  typecast: boolean;
  /** What the cell held before, if anything. */
  before: unknown;
  /** Adds a choice to a select field; only called with `typecast`. */
  addChoice(name: string): Choice;
}

/** How cells are written out as text (`cellFormat=string`). */
export interface TextFormat {
  timeZone: string;
  locale: string;
}

/** What the platform knows of one type of field whose values lie in the record itself. */
export interface FieldKind {
  /** Whether a field of this type may be a table's first one. */
  canBePrimary: boolean;
  /**
   * Checks options of a new field, or the merged ones of a changed field, and fills in defaults.
   * @throws AirtableProblem for options the type does not have
   */
  readOptions(options: FieldOptions, before?: FieldOptions): FieldOptions;
  /**
   * The value to store for a value from a request that is neither null nor absent; null clears the cell.
   * @throws AirtableProblem when the field cannot hold the value
   */
  read(value: unknown, input: CellInput): unknown;
  /** The stored value as the API shows it. */
  show(stored: unknown, field: StoredField): unknown;
  /** The stored value as formulas see it. */
  value(stored: unknown, field: StoredField): Value;
  text(stored: unknown, field: StoredField, format: TextFormat): string;
}

export function noOptions(): FieldOptions {
  return {};
}
