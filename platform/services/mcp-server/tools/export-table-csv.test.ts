import { expect, it } from 'vitest';
import type { Airtable } from '../airtable.ts';
import { exportTableCsv } from './export-table-csv.ts';

/** The CSV of one cell, without the header and the line end. */
async function exported(cell: unknown): Promise<string> {
  const fields = [{ id: 'fld1', name: 'Cell', type: 'singleLineText' }];
  const airtable = {
    listTables: async () => ({ tables: [{ id: 'tbl1', name: 'T', fields, views: [] }] }),
    listRecordsByPost: async () => ({ records: [{ id: 'rec1', fields: { Cell: cell } }] }),
  } as unknown as Airtable;
  const input = { base_id: 'app1', table_id: 'T', max_records: 10 };
  const { csv } = await exportTableCsv.run(input, { airtable, signal: new AbortController().signal });
  return String(csv).slice('Cell\r\n'.length, -2);
}

it.each([
  [-1e-7, '-1e-7'],
  [1e21, '1e+21'],
  ['-1E-7', '-1E-7'],
  ['+.5', '+.5'],
  [[-1, -2.5e-9], '"-1, -2.5e-9"'],
  [{ text: '4006381333931', type: 'ean13' }, '4006381333931'],
])('exports %j as it is', async (cell, csv) => {
  expect(await exported(cell)).toBe(csv);
});

it.each([
  ['-1+cmd', "'-1+cmd"],
  ['-1e-7,=1', '"\'-1e-7,=1"'],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\n=1', '"\'\n=1"'],
  [{ text: '=1+1', type: 'code39' }, "'=1+1"],
])('exports %j so that no spreadsheet runs it', async (cell, csv) => {
  expect(await exported(cell)).toBe(csv);
});
