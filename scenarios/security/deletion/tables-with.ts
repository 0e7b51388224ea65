import type { Pool } from 'pg';

/**
 * Searches every column of every table for texts: ids in columns of type uuid, in JSON and in text.
 * @returns a line for each table with such rows, e.g. `files.files: 2 rows`
 */
export async function tablesWith(admin: Pool, texts: readonly string[]): Promise<string[]> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
     order by 1`,
  );
  const patterns = texts.map((text) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await admin.query<{ count: number }>(
      `select count(*)::int as count from ${name} as one where one::text ilike any($1)`,
      [patterns],
    );
    const count = rows[0]?.count ?? 0;
    if (count > 0) found.push(`${name}: ${count} ${count === 1 ? 'row' : 'rows'}`);
  }
  return found;
}
