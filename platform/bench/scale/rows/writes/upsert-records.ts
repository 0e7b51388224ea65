import type { RecordsRow } from '../../records/filled-table.ts';
import {
  batchSize,
  type Cells,
  deleteRecords,
  emailsOf,
  insertSql,
  measureWrite,
  measureWriteSql,
  newRecord,
  spreadRecords,
  updateSql,
} from '../../records/written-records.ts';

interface Prepared {
  existing: string[];
  /** Makes every upsert change something. */
  count: number;
}

const half = batchSize / 2;

/** The records of the next upsert: half of them exist, the others are new. */
function nextRecords(prepared: Prepared): Cells[] {
  prepared.count += 1;
  return [
    ...prepared.existing.map((Email) => ({ Email, Amount: 7_000 + prepared.count })),
    ...Array.from({ length: half }, (_, index) => newRecord(index)),
  ];
}

export const upsertRecords: RecordsRow<Prepared> = {
  id: 'upsert',
  title: 'Upsert of 10 records by a text field, half of them new',
  floorTitle: 'select, update of 5, insert of 5',
  unit: 'ms',
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
  async prepare(table) {
    return { existing: (await spreadRecords(table, half)).map(({ email }) => email), count: 0 };
  },
  async measure(table, prepared) {
    const { value, written } = await measureWrite(table, 'PATCH', {
      performUpsert: { fieldsToMergeOn: ['Email'] },
      records: nextRecords(prepared).map((fields) => ({ fields })),
    });
    const created = written.createdRecords ?? [];
    await deleteRecords(table, created);
    return { value, result: { emails: emailsOf(written.records), created: created.length } };
  },
  floor: (table, prepared) => {
    const records = nextRecords(prepared);
    return measureWriteSql(table, async (sql) => {
      const { rows } = await sql.query<{ id: string; email: string }>(
        'select id, cells ->> $2 as email from airtable.records where table_id = $1 and cells ->> $2 = any($3)',
        [table.tableId, table.fields.Email, records.map(({ Email }) => Email)],
      );
      const idOf = new Map(rows.map(({ id, email }) => [email, id]));
      const changes = records.flatMap((cells) => {
        const id = idOf.get(String(cells.Email));
        return id === undefined ? [] : [{ id, cells }];
      });
      const missing = records.filter(({ Email }) => !idOf.has(String(Email)));
      const updated = await updateSql(table, sql, changes);
      const created = await insertSql(table, sql, missing);
      return { emails: [...updated, ...created].sort(), created: created.length };
    });
  },
};
