import { z } from 'zod';
import { findTable, readRecords, ToolFailure } from '../airtable.ts';
import { inTable } from './arguments.ts';
import { cellText } from './cell-text.ts';
import { defineTool } from './tool.ts';

/** Rows shown in the preview. */
const previewRows = 5;

export const exportTableCsv = defineTool({
  name: 'export_table_csv',
  title: 'Export a table as CSV',
  description: 'Writes records of a table as CSV (RFC 4180) with a header row, and a preview of five rows.',
  readOnly: true,
  input: inTable.extend({
    fields: z.array(z.string().max(255)).min(1).max(500).optional().describe('Columns; default all'),
    view: z.string().max(255).optional(),
    max_records: z.int().min(1).max(10_000).default(1000),
  }),
  output: z.object({
    csv: z.string(),
    preview: z.string(),
    rows: z.int(),
    columns: z.array(z.string()),
    complete: z.boolean(),
  }),
  async run(input, { airtable, signal }) {
    const table = await findTable(airtable, { baseId: input.base_id, table: input.table_id, signal });
    const columns = input.fields ?? table.fields.map(({ name }) => name);
    const unknown = columns.filter((name) => !table.fields.some((field) => field.name === name));
    if (unknown.length > 0) throw new ToolFailure(`${table.name} has no field ${unknown.join(', ')}.`);
    const { records, more } = await readRecords(airtable, {
      baseId: input.base_id,
      table: table.id,
      selection: { fields: columns, ...(input.view === undefined ? {} : { view: input.view }) },
      limit: input.max_records,
      signal,
    });
    const lines = [
      columns,
      ...records.map((record) => columns.map((name) => cellText(record.fields[name]))),
    ].map((cells) => cells.map(csvCell).join(','));
    return {
      csv: lines.map((line) => `${line}\r\n`).join(''),
      preview: lines.slice(0, previewRows + 1).join('\n'),
      rows: records.length,
      columns,
      complete: !more,
    };
  },
});

/**
 * Quotes what RFC 4180 asks to be quoted. A text that a spreadsheet would run as a formula gets an apostrophe
 * in front (OWASP, CSV injection); plain numbers keep their sign.
 */
export function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
