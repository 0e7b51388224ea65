import type { Key } from '../keys/record-key.ts';

/** Collects the values of a statement and gives each its placeholder. */
export class Parameters {
  readonly values: unknown[];

  constructor(values: readonly unknown[]) {
    this.values = [...values];
  }

  /** @param type of PostgreSQL, e.g. `text[]` */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** An expression in SQL over a row `r` of `airtable.records`. */
export type Sql = (parameters: Parameters) => string;

/** Records that have one of these keys in a field. */
export interface Equality {
  fieldId: string;
  keys: readonly Key[];
}

/**
 * A condition of PostgreSQL that is true for every record that a formula keeps, and never null. Where it is exact, it
 * is true for no other record, and the formula has no error for any record.
 */
export interface Condition {
  sql: Sql;
  isExact: boolean;
  /** Each holds for every record of the condition. */
  equalities: readonly Equality[];
}

/** @param options.nullMeans what an expression is that may be null; by default it never is */
export function test(
  sql: Sql,
  options: { isExact?: boolean; nullMeans?: boolean; equality?: Equality | undefined } = {},
): Condition {
  const { isExact = true, nullMeans, equality } = options;
  return {
    sql: nullMeans === undefined ? sql : (parameters) => `coalesce(${sql(parameters)}, ${nullMeans})`,
    isExact,
    equalities: equality === undefined ? [] : [equality],
  };
}

/** A condition that is the same for all records. */
export function constant(value: boolean, { isExact = true } = {}): Condition {
  return { sql: () => String(value), isExact, equalities: [] };
}

/** @param parts undefined for those that have no condition: nothing is known of them */
export function allOf(parts: readonly (Condition | undefined)[]): Condition | undefined {
  const known = parts.filter((part) => part !== undefined);
  const [first] = known;
  if (first === undefined) return undefined;
  return {
    sql: known.length === 1 ? first.sql : (parameters) => joined(known, ' and ', parameters),
    isExact: known.length === parts.length && known.every(({ isExact }) => isExact),
    equalities: known.flatMap(({ equalities }) => equalities),
  };
}

/** Undefined when a part has no condition. */
export function anyOf(parts: readonly (Condition | undefined)[]): Condition | undefined {
  if (parts.length === 0 || !parts.every((part) => part !== undefined)) return undefined;
  return {
    sql: (parameters) => joined(parts, ' or ', parameters),
    isExact: parts.every(({ isExact }) => isExact),
    equalities: sameField(parts),
  };
}

/** Undefined for a condition that is not exact: it may be true for records whose opposite the formula keeps. */
export function opposite(condition: Condition | undefined): Condition | undefined {
  if (!condition?.isExact) return undefined;
  return { sql: (parameters) => `not ${condition.sql(parameters)}`, isExact: true, equalities: [] };
}

function joined(parts: readonly Condition[], operator: string, parameters: Parameters): string {
  return `(${parts.map(({ sql }) => sql(parameters)).join(operator)})`;
}

/** The keys of alternatives that all ask for the same field. */
function sameField(parts: readonly Condition[]): Equality[] {
  const [first, ...others] = parts.map(({ equalities }) => equalities[0]);
  if (first === undefined || !others.every((other) => other?.fieldId === first.fieldId)) return [];
  return [{ fieldId: first.fieldId, keys: parts.flatMap(({ equalities }) => equalities[0]?.keys ?? []) }];
}
