import type { Send } from '../../kit/send-as.ts';
import { prepare } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';

/** More than one page of Airtable, which has 100 records. */
export const stockSize = 105;

const cities = ['Berlin', ' berlin ', 'Rome', 'Oslo', ''] as const;

export interface StockRow {
  Name: string;
  Amount: number;
  City: string;
}

function nameOf(number: number): string {
  if (number === 1) return 'First, "quoted"';
  if (number === 50) return '=1+1';
  if (number === 60) return 'Item 60, spare';
  if (number === stockSize) return 'Last\nline';
  return `Item ${number}`;
}

/** The rows in their order. Some need quotes in CSV, one would be a formula, and cities differ in case and spaces. */
export const stock: readonly StockRow[] = Array.from({ length: stockSize }, (_, index) => ({
  Name: nameOf(index + 1),
  Amount: index + 1,
  City: cities[index % cities.length] ?? '',
}));

const fields = [
  { name: 'Name', type: 'singleLineText' },
  { name: 'Amount', type: 'number', options: { precision: 0 } },
  { name: 'City', type: 'singleLineText' },
];

export interface StockBase {
  id: string;
  name: string;
  /** With all rows. */
  table: string;
  /** Empty, with the same fields. */
  other: string;
}

/** The path of the records of a table, without the limits of Airtable clients. */
export const recordsPath = (base: { id: string }, table: string): string =>
  `/api/airtable/bases/${base.id}/tables/${table}/records`;

export async function createStock(send: Send, name: string): Promise<StockBase> {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name,
    workspaceId: 'default',
    tables: [
      { name: 'Stock', description: 'What there is', fields },
      { name: 'Other', fields },
    ],
  });
  const made = {
    id: textAt(base, 'id'),
    name,
    table: textAt(base, 'tables', 0, 'id'),
    other: textAt(base, 'tables', 1, 'id'),
  };
  for (let start = 0; start < stock.length; start += 10) {
    // An empty text clears a cell, as Airtable does it.
    const rows = stock
      .slice(start, start + 10)
      .map(({ City, ...row }) => (City === '' ? row : { ...row, City }));
    await prepare(send, 'POST', `${recordsPath(made, made.table)}/batch`, rows);
  }
  return made;
}

/** The cells of a table in the order of its records. */
export async function rowsOf(
  send: Send,
  base: { id: string },
  table: string,
): Promise<Record<string, unknown>[]> {
  const found = (await prepare(send, 'GET', `${recordsPath(base, table)}?max_records=1000`)) as {
    records: { fields: Record<string, unknown> }[];
  };
  return found.records.map(({ fields: cells }) => cells);
}
