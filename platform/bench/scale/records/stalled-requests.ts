import type { RecordsRow } from './filled-table.ts';
import { readPage } from './lists.ts';
import { measureRecord, measureRecordSql } from './one-record.ts';
import { largestLatency } from './request-train.ts';
import { type SortLevel, selectionOf, sortedSql } from './sorted-page.ts';

/** How long a request for one record can take while the first page of a sorted list is computed. */
export function stalledRequests(options: {
  id: string;
  title: string;
  level: SortLevel;
}): RecordsRow<{ recordId: string }> {
  const { id, title, level } = options;
  const selection = selectionOf([level]);
  return {
    id,
    title,
    floorTitle: 'select by id during order by',
    unit: 'ms',
    goals: [{ kind: 'at-most', value: 50 }],
    async prepare(table) {
      const { records } = await readPage(table, {});
      return { recordId: records[0]?.id as string };
    },
    warm: (table) => readPage(table, selection),
    async measure(table, { recordId }) {
      const { value, returned } = await largestLatency({
        work: () => readPage(table, selection),
        request: () => measureRecord(table, `${table.recordsUrl}/${recordId}`),
        signal: table.signal,
      });
      return { value, result: returned.records.map((record) => record.id) };
    },
    async floor(table, { recordId }) {
      const other = await table.connectSql();
      try {
        const { value, returned } = await largestLatency({
          work: () => table.sql.query<{ id: string }>(sortedSql(table, [level]), [table.tableId, 0]),
          request: () => measureRecordSql({ ...table, sql: other }, { tableId: table.tableId, recordId }),
          signal: table.signal,
        });
        return { value, result: returned.rows.map((row) => row.id) };
      } finally {
        await other.end();
      }
    },
  };
}
