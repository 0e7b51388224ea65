/** A person whose data is erased. */
export interface Person {
  userId: string;
  email: string;
}

/** A statement that runs as the tenant. It reports what it found as its row count, or as `erased` in its row. */
export interface Erasure {
  text: string;
  values?: readonly unknown[];
}

/** How the deletion of an account changes the rows of one table. Each service declares it for every table with a tenant. */
export interface ErasedTable {
  /** Name with schema, e.g. `files.files`. */
  table: string;
  /**
   * When the whole tenant goes: `delete`, `cascade` (they go with the rows that they refer to), or a statement where the
   * service's role may not delete. Tables with references come before those that they refer to.
   */
  tenant: 'delete' | 'cascade' | Erasure;
  /** When one user leaves a tenant that stays. Absent where the rows hold nothing about a person. */
  person?: (person: Person) => readonly Erasure[];
}

/** Stands for a deleted user in shared rows. */
export const nobody = {
  id: '00000000-0000-0000-0000-000000000000',
  email: 'deleted-user@user.invalid',
  name: 'Deleted user',
} as const;

/** Deletes the rows that belong to the person. */
export function deletesOwn(table: string, column: string): NonNullable<ErasedTable['person']> {
  return ({ userId }) => [{ text: `delete from ${table} where ${column} = $1`, values: [userId] }];
}

/** Keeps shared rows and replaces the person's id in columns of type uuid. */
export function keepsNameless(
  table: string,
  ...columns: readonly string[]
): NonNullable<ErasedTable['person']> {
  return ({ userId }) =>
    columns.map((column) => ({
      text: `update ${table} set ${column} = $2 where ${column} = $1`,
      values: [userId, nobody.id],
    }));
}

/**
 * Keeps shared rows and replaces texts in a column, in any letter case. A longer text must come before one that is part
 * of it.
 * @param type of the column: text, json or jsonb
 */
export function replacesText(
  { table, column, type }: { table: string; column: string; type: 'text' | 'json' | 'jsonb' },
  replacements: readonly (readonly [pattern: string, replacement: string])[],
): Erasure[] {
  return replacements.map(([pattern, replacement]) => ({
    text: `update ${table} set ${column} = regexp_replace(${column}::text, $1, $2, 'gi')::${type}
           where ${column}::text ~* $1`,
    values: [pattern, replacement.replaceAll('\\', '\\\\')],
  }));
}

/** The text as a regular expression of PostgreSQL. */
export function literally(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
