/** A connection, or a pool. */
export interface Queryable {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** Schemas of the platform in a query: all that PostgreSQL does not bring. */
export const ownSchemas = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** One line for each part of the structure. Two databases with the same lines behave alike. */
const parts: Readonly<Record<string, string>> = {
  column: `select format('%s.%s.%s %s%s default %s', n.nspname, c.relname, a.attname,
             format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
             coalesce(pg_get_expr(d.adbin, d.adrelid), 'none'))
           from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
           left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped and ${ownSchemas}`,
  'row security': `select format('%s.%s enabled %s forced %s', n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity)
           from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and ${ownSchemas}`,
  policy: `select format('%s.%s %s', n.nspname, p.tablename, to_jsonb(p))
           from pg_policies p join pg_namespace n on n.nspname = p.schemaname where ${ownSchemas}`,
  right: `select format('%s.%s %s', n.nspname, c.relname, right_of)
           from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(c.relacl::text[]) right_of
           where ${ownSchemas}`,
  index: `select format('%s', i.indexdef) from pg_indexes i join pg_namespace n on n.nspname = i.schemaname where ${ownSchemas}`,
  constraint: `select format('%s.%s %s', n.nspname, c.relname, pg_get_constraintdef(k.oid))
           from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
           where ${ownSchemas}`,
  trigger: `select format('%s.%s %s enabled %s', n.nspname, c.relname, pg_get_triggerdef(t.oid), t.tgenabled)
           from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
           where not t.tgisinternal and ${ownSchemas}`,
  function: `select format('%s.%s %s %s', n.nspname, p.proname, md5(pg_get_functiondef(p.oid)), p.proacl)
           from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where p.prokind in ('f', 'p') and ${ownSchemas}`,
};

/** Everything that a database consists of besides its rows, as lines. */
export async function readStructure(database: Queryable): Promise<ReadonlySet<string>> {
  const lines = new Set<string>();
  for (const [part, query] of Object.entries(parts)) {
    const { rows } = await database.query<{ format: string }>(query);
    for (const { format } of rows) lines.add(`${part}: ${format}`);
  }
  return lines;
}

/** What one database has and the other lacks. */
export function structureDifferences(source: ReadonlySet<string>, restored: ReadonlySet<string>): string[] {
  const only = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((line) => !other.has(line));
  return [
    ...only(source, restored).map((line) => `missing: ${line}`),
    ...only(restored, source).map((line) => `added: ${line}`),
  ];
}
