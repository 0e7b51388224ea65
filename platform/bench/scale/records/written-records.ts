import type pg from 'pg';
import type { z } from 'zod';
import type { AirtableRecord, RecordsWritten } from '../../../contracts/airtable-gateway/records.ts';
import type { Outcome } from '../suite.ts';
import type { FieldIds, FieldName } from './fields.ts';
import type { FilledTable } from './filled-table.ts';
import { timed } from './timed.ts';

/** Number of records in a request, the maximum of the API. */
export const batchSize = 10;

/** Cells of a record by field name; texts and numbers only, which are stored as they are sent. */
export type Cells = Readonly<Partial<Record<FieldName, string | number>>>;

/** A new record. @param index gives its email, so that the records of both sides are the same */
export function newRecord(index: number): Cells {
  return {
    Name: `Zoë Quinn ${index}`,
    Email: `new.${index}@example.com`,
    City: 'Évora',
    Company: 'Quinn & Évora',
    Street: `${index} Évora Street`,
    Country: 'Country 7',
    Phone: '+1 555 0000000',
    Website: 'https://example.com/new',
    Amount: index,
    Due: '2025-08-07',
    Notes: 'Met Zoë in Évora. '.repeat(12),
  };
}

/** The stored form of cells. */
export function storedCells(fields: FieldIds, cells: Cells): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(cells).map(([name, value]) => [fields[name as FieldName], value])),
  );
}

/** The emails of written records, sorted. */
export function emailsOf(records: readonly AirtableRecord[]): unknown[] {
  return records.map(({ fields }) => fields.Email).sort();
}

/** Deletes records that a measurement has created. */
export async function deleteRecords({ api, recordsUrl }: FilledTable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const query = new URLSearchParams(ids.map((id) => ['records[]', id]));
  await api.call('DELETE', `${recordsUrl}?${query}`);
}

/** Sends a write and measures it. */
export async function measureWrite(
  { api, recordsUrl }: FilledTable,
  method: 'POST' | 'PATCH',
  body: object,
): Promise<{ value: number; written: z.infer<typeof RecordsWritten> }> {
  const { value, returned } = await timed(() =>
    api.call<z.infer<typeof RecordsWritten>>(method, recordsUrl, body),
  );
  return { value, written: returned };
}

/**
 * Measures statements in one transaction, which is rolled back: the service must not find rows that it has not written.
 * Durability is off, so a commit would take no longer.
 * @param write returns the result
 */
export async function measureWriteSql(
  { sql }: FilledTable,
  write: (sql: pg.Client) => Promise<unknown>,
): Promise<Outcome> {
  try {
    const { value, returned } = await timed(async () => {
      await sql.query('begin');
      return write(sql);
    });
    return { value, result: returned };
  } finally {
    await sql.query('rollback');
  }
}

/** Inserts records and takes their numbers. @returns their emails */
export async function insertSql(
  { tableId, tenantId, userId, fields }: FilledTable,
  sql: pg.Client,
  records: readonly Cells[],
): Promise<string[]> {
  const { rows } = await sql.query<{ email: string }>(
    `with numbers as (
       update airtable.tables set last_number = last_number + $4 where id = $1 returning last_number - $4 as before
     )
     insert into airtable.records (id, tenant_id, table_id, number, cells, created_by, modified_by)
     select 'rec' || left(md5(n || random()::text), 14), $2, $1, before + n, cells::jsonb, $3, $3
     from numbers, unnest($5::text[]) with ordinality as new (cells, n)
     returning cells ->> $6 as email`,
    [
      tableId,
      tenantId,
      userId,
      records.length,
      records.map((cells) => storedCells(fields, cells)),
      fields.Email,
    ],
  );
  return rows.map(({ email }) => email);
}

/** Changes records by id. @returns their emails */
export async function updateSql(
  { tableId, userId, fields }: FilledTable,
  sql: pg.Client,
  changes: readonly { id: string; cells: Cells }[],
): Promise<string[]> {
  const { rows } = await sql.query<{ email: string }>(
    `update airtable.records r
     set cells = r.cells || c.cells::jsonb, modified_time = now(), modified_by = $2
     from unnest($3::text[], $4::text[]) as c (id, cells)
     where r.table_id = $1 and r.id = c.id
     returning r.cells ->> $5 as email`,
    [
      tableId,
      userId,
      changes.map(({ id }) => id),
      changes.map(({ cells }) => storedCells(fields, cells)),
      fields.Email,
    ],
  );
  return rows.map(({ email }) => email);
}

/** Records spread over the table. @returns their ids and emails */
export async function spreadRecords(
  { sql, tableId, fields, size }: FilledTable,
  count: number,
): Promise<{ id: string; email: string }[]> {
  const numbers = Array.from({ length: count }, (_, index) => 1 + Math.floor((index * size) / count));
  const { rows } = await sql.query<{ id: string; email: string }>(
    'select id, cells ->> $3 as email from airtable.records where table_id = $1 and number = any($2) order by number',
    [tableId, numbers, fields.Email],
  );
  if (rows.length < count) throw new Error(`the table has only ${rows.length} of ${count} records`);
  return rows;
}
