import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { ErasureOrder } from '../../contracts/erasure.ts';
import type { Database, Transaction } from '../postgres/database.ts';
import { tenantOfOrder } from './erase.ts';
import type { ExportedTable } from './exported-table.ts';

/** Rows that are read at once. */
const batchSize = 500;
/** Maximum time of one statement, and of a pause of the reader. */
const timeout = '5min';

/** Writes one line, and waits while the reader is behind. */
export type WriteLine = (line: object) => Promise<void>;

function withoutColumns(row: string, omit: readonly string[]): unknown {
  const parsed = JSON.parse(row) as Record<string, unknown>;
  for (const column of omit) delete parsed[column];
  return parsed;
}

async function exportTable(
  tx: Transaction,
  declared: Extract<ExportedTable, { ownedBy: string }>,
  { order, write }: { order: ErasureOrder; write: WriteLine },
): Promise<number> {
  const { table, ownedBy, omit = [] } = declared;
  // Both parameters have a type in every condition, also in those that use only one.
  await tx.query(
    `declare exported_rows no scroll cursor for
     select row_to_json(one)::text as row from ${table} as one
     where $3 or ($1::uuid is not null and $2::text is not null and (${ownedBy}))`,
    [order.user_id, order.email, order.whole_tenant],
  );
  let count = 0;
  while (true) {
    const { rows } = await tx.query<{ row: string }>(`fetch ${batchSize} from exported_rows`);
    for (const { row } of rows) await write({ table, row: withoutColumns(row, omit) });
    count += rows.length;
    if (rows.length < batchSize) break;
  }
  await tx.query('close exported_rows');
  return count;
}

/**
 * The rows of an account as lines of JSON: `{"table", "row"}` for each row, and at last `{"end": true, "rows"}`, without
 * which the export is incomplete. All rows are of one moment. Row-level security limits every statement to the tenant.
 * @param more writes further lines at the end, e.g. the content of files
 */
export function exportLines(
  database: Pick<Database, 'withTenant'>,
  tables: readonly ExportedTable[],
  order: ErasureOrder,
  more: (tx: Transaction, write: WriteLine) => Promise<void> = async () => undefined,
): Readable {
  const lines = new PassThrough();
  const write: WriteLine = async (line) => {
    if (lines.destroyed) throw new Error('the reader of the export has gone');
    if (!lines.write(`${JSON.stringify(line)}\n`)) {
      const gone = new AbortController();
      const stop = () => gone.abort();
      lines.once('close', stop);
      try {
        await once(lines, 'drain', { signal: gone.signal });
      } finally {
        lines.off('close', stop);
      }
    }
  };
  const written = database.withTenant(tenantOfOrder(order), async (tx) => {
    await tx.query('set transaction isolation level repeatable read read only');
    await tx.query(`set local statement_timeout = '${timeout}'`);
    await tx.query(`set local idle_in_transaction_session_timeout = '${timeout}'`);
    let rows = 0;
    for (const table of tables)
      if ('ownedBy' in table) rows += await exportTable(tx, table, { order, write });
    await more(tx, write);
    await write({ end: true, rows });
  });
  written.then(
    () => lines.end(),
    (error: Error) => lines.destroy(error),
  );
  return lines;
}
