import type { RecordsRow } from '../../records/filled-table.ts';
import {
  batchSize,
  deleteRecords,
  emailsOf,
  insertSql,
  measureWrite,
  measureWriteSql,
  newRecord,
} from '../../records/written-records.ts';

const records = Array.from({ length: batchSize }, (_, index) => newRecord(index));

export const createRecords: RecordsRow = {
  id: 'create',
  title: 'Create 10 records',
  floorTitle: 'insert of 10',
  unit: 'ms',
  goals: [{ kind: 'flat', times: 2 }],
  prepare: async () => undefined,
  async measure(table) {
    const { value, written } = await measureWrite(table, 'POST', {
      records: records.map((fields) => ({ fields })),
    });
    await deleteRecords(
      table,
      written.records.map(({ id }) => id),
    );
    return { value, result: emailsOf(written.records) };
  },
  floor: (table) => measureWriteSql(table, async (sql) => (await insertSql(table, sql, records)).sort()),
};
