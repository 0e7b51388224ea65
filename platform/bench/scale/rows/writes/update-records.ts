import type { RecordsRow } from '../../records/filled-table.ts';
import {
  batchSize,
  emailsOf,
  measureWrite,
  measureWriteSql,
  spreadRecords,
  updateSql,
} from '../../records/written-records.ts';

interface Prepared {
  ids: string[];
  /** Makes every update change something. */
  count: number;
}

/** The changes of the next update. */
function nextChanges(prepared: Prepared) {
  prepared.count += 1;
  const cells = { Amount: 5_000 + prepared.count, Company: `Company ${prepared.count}` };
  return prepared.ids.map((id) => ({ id, cells }));
}

export const updateRecords: RecordsRow<Prepared> = {
  id: 'update',
  title: 'Update 10 records by id, a number and a text each',
  floorTitle: 'update of 10 by id',
  unit: 'ms',
  goals: [{ kind: 'flat', times: 2 }],
  async prepare(table) {
    return { ids: (await spreadRecords(table, batchSize)).map(({ id }) => id), count: 0 };
  },
  async measure(table, prepared) {
    const { value, written } = await measureWrite(table, 'PATCH', {
      records: nextChanges(prepared).map(({ id, cells }) => ({ id, fields: cells })),
    });
    return { value, result: emailsOf(written.records) };
  },
  floor: (table, prepared) => {
    const changes = nextChanges(prepared);
    return measureWriteSql(table, async (sql) => (await updateSql(table, sql, changes)).sort());
  },
};
