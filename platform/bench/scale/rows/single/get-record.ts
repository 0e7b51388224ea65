import type { RecordsRow } from '../../records/filled-table.ts';
import { measureRecord, measureRecordSql } from '../../records/one-record.ts';

export const getRecord: RecordsRow<{ recordId: string }> = {
  id: 'get-record',
  title: 'One record, in a base with few tables',
  floorTitle: 'select by id',
  unit: 'ms',
  goals: [{ kind: 'flat', times: 2 }],
  async prepare({ sql, tableId, size }) {
    const { rows } = await sql.query<{ id: string }>(
      'select id from airtable.records where table_id = $1 and number = $2',
      [tableId, Math.ceil(size / 2)],
    );
    return { recordId: rows[0]?.id as string };
  },
  measure: (table, { recordId }) => measureRecord(table, `${table.recordsUrl}/${recordId}`),
  floor: (table, { recordId }) => measureRecordSql(table, { tableId: table.tableId, recordId }),
};
