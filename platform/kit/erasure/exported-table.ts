/** What of one table is in the export of an account. Each service declares it for every table with a tenant. */
export type ExportedTable =
  | {
      /** Name with schema, e.g. `files.files`. */
      table: string;
      /**
       * SQL condition for the rows of a person in a tenant with other users; `$1` is the user's id, `$2` the address. The
       * only user of a tenant gets all rows.
       */
      ownedBy: string;
      /** Columns with secrets, which are left out. */
      omit?: readonly string[];
    }
  | {
      table: string;
      /** Why its rows are in no export. */
      not: string;
    };

/** Rows whose column has the person's id. */
export function ownRows(table: string, column: string): ExportedTable {
  return { table, ownedBy: `${column} = $1` };
}
