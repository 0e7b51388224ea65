import type { RecordsRow } from '../../records/filled-table.ts';
import { measureRecord, measureRecordSql } from '../../records/one-record.ts';
import type { WideBase } from '../../records/wide-base.ts';

export const getRecordWide: RecordsRow<WideBase> = {
  id: 'get-record-wide',
  title: 'One record, in a base of 100 tables with 100 fields each',
  floorTitle: 'select by id',
  unit: 'ms',
  goals: [{ kind: 'of-row', row: 'get-record', times: 2 }],
  prepare: (table) => table.wide(),
  measure: (table, { baseId, tableId, recordId }) =>
    measureRecord(table, new URL(`/v0/${baseId}/${tableId}/${recordId}`, table.recordsUrl).href),
  floor: measureRecordSql,
};
