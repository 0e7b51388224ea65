import { Client } from 'pg';

/** Maximum number of rounds: a table is emptied after the tables that refer to it. */
const maxRounds = 8;

/**
 * Deletes the rows that belong to tenants of the run from every table of the platform, and events without a tenant
 * that name one of its checks' marks. Returns the tables that still have such rows, one sentence each.
 */
export async function removeRows(
  url: string,
  { tenantIds, marks }: { tenantIds: readonly string[]; marks: readonly string[] },
): Promise<string[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'readiness',
    statement_timeout: 60_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
       where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`,
    );
    const tables = rows.map(({ name }) => name);
    // Tenants that only the names show: registered in a browser or by another program.
    const unseen = await client.query<{ tenant_id: string }>(
      'select tenant_id from identity.users where email like any($1)',
      [marks.map((mark) => `%\\_${mark}\\_%`)],
    );
    const tenants = [...new Set([...tenantIds, ...unseen.rows.map(({ tenant_id }) => tenant_id)])];
    let open = tables;
    for (let round = 0; round < maxRounds && open.length > 0; round += 1) {
      const blocked: string[] = [];
      for (const table of open) if (!(await removeFrom(client, table, tenants))) blocked.push(table);
      open = blocked;
    }
    await client
      .query(`delete from identity.audit_events where tenant_id is null and subject like any($1)`, [
        marks.map((mark) => `%\\_${mark}\\_%`),
      ])
      .catch(() => undefined);
    const left: string[] = [];
    for (const table of tables) {
      const { rows: found } = await client.query<{ count: number }>(
        `select count(*)::int as count from ${table} where tenant_id = any($1::uuid[])`,
        [tenants],
      );
      const count = found[0]?.count ?? 0;
      if (count > 0) left.push(`${count} rows of ${table}`);
    }
    // A failed sign-in with an unknown email names neither a tenant nor the email.
    const events = await client.query('select 1 from identity.audit_events where tenant_id is null limit 1');
    if (events.rows.length > 0) left.push('audit events without a tenant: they name no client');
    return left;
  } finally {
    await client.end();
  }
}

/** @returns whether the statement succeeded; it fails while rows of another table refer to these. */
async function removeFrom(client: Client, table: string, tenants: readonly string[]): Promise<boolean> {
  try {
    await client.query(`delete from ${table} where tenant_id = any($1::uuid[])`, [tenants]);
    return true;
  } catch {
    return false;
  }
}
