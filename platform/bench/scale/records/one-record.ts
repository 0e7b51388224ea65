import type { AirtableRecord } from '../../../contracts/airtable-gateway/records.ts';
import type { Outcome } from '../suite.ts';
import type { FilledTable } from './filled-table.ts';
import { timed } from './timed.ts';

/** A record by its URL. `result` is its id. */
export async function measureRecord({ api }: FilledTable, url: string): Promise<Outcome> {
  const { value, returned } = await timed(() => api.call<AirtableRecord>('GET', url));
  return { value, result: returned.id };
}

/** The same from the database. */
export async function measureRecordSql(
  { sql }: FilledTable,
  { tableId, recordId }: { tableId: string; recordId: string },
): Promise<Outcome> {
  const { value, returned } = await timed(() =>
    sql.query<{ id: string }>({
      name: 'scale_record',
      text: 'select id, number, cells from airtable.records where table_id = $1 and id = $2',
      values: [tableId, recordId],
    }),
  );
  return { value, result: returned.rows[0]?.id };
}
