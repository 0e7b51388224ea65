import { ownSchemas, type Queryable } from './structure.ts';

/** A table with its columns that are stored and not computed. */
export interface BackedUpTable {
  name: string;
  columns: string;
}

/** Number of rows and a sum over their contents, which their order does not change. */
export interface TableContent {
  rows: number;
  sum: string;
}

/** Tables of all own schemas. */
export async function listTables(database: Queryable): Promise<BackedUpTable[]> {
  const { rows } = await database.query<BackedUpTable>(
    `select format('%I.%I', n.nspname, c.relname) as name,
            string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and ${ownSchemas}
     group by 1 order by 1`,
  );
  return rows;
}

export async function contentOf(
  database: Queryable,
  { name, columns }: BackedUpTable,
): Promise<TableContent> {
  const { rows } = await database.query<TableContent>(
    `select count(*)::int as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as sum
     from (select ${columns} from ${name}) t`,
  );
  return rows[0] as TableContent;
}

/** Path of the file of a table. `folder` is the server's: COPY reads and writes there. */
const fileOf = (folder: string, table: BackedUpTable) =>
  `${folder}/readiness-backup-${table.name.replaceAll(/\W/g, '-')}`;

/** Writes each table to a file. The caller has begun a transaction, so that all are of one moment. */
export async function backUp(
  database: Queryable,
  tables: readonly BackedUpTable[],
  folder: string,
): Promise<string[]> {
  for (const table of tables)
    await database.query(
      `copy ${table.name} (${table.columns}) to '${fileOf(folder, table)}' with (format binary)`,
    );
  return tables.map((table) => fileOf(folder, table));
}

/**
 * Reads the files into the tables of another database, whose structure exists. Triggers and foreign keys do not act:
 * they did when the rows were written.
 * @returns what could not be restored, one sentence for each table
 */
export async function restore(
  database: Queryable,
  tables: readonly BackedUpTable[],
  folder: string,
): Promise<string[]> {
  const failures: string[] = [];
  const attempt = async (table: BackedUpTable, statement: string) => {
    try {
      await database.query(statement);
    } catch (error) {
      failures.push(`${table.name}: ${(error as Error).message}`);
    }
  };
  await database.query('set session_replication_role = replica');
  for (const table of tables) {
    await attempt(table, `delete from ${table.name}`);
    await attempt(
      table,
      `copy ${table.name} (${table.columns}) from '${fileOf(folder, table)}' with (format binary)`,
    );
  }
  await database.query('reset session_replication_role');
  return failures;
}

/** Sets the sequences of the restored database to where those of the source are. */
export async function restoreSequences(source: Queryable, restored: Queryable): Promise<void> {
  const { rows } = await source.query<{ name: string; last: string }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as last
     from pg_sequences where last_value is not null`,
  );
  for (const { name, last } of rows) await restored.query(`select setval('${name}', ${last})`);
}
