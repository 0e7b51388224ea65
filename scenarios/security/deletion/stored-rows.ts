import type { Pool } from 'pg';

/** Number of rows of a tenant per table, without the tables that have none, e.g. `files.files` → 2. */
export async function storedRows(admin: Pool, tenantId: string): Promise<Map<string, number>> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and not a.attisdropped`,
  );
  const counts = new Map<string, number>();
  for (const { name } of tables) {
    const { rows } = await admin.query<{ count: number }>(
      `select count(*)::int as count from ${name} where tenant_id::text = $1`,
      [tenantId],
    );
    const count = rows[0]?.count ?? 0;
    if (count > 0) counts.set(name, count);
  }
  return counts;
}
