import { z } from 'zod';
import { assertFields, findTable, readRecords } from '../airtable.ts';
import { cellText } from '../cell-text.ts';
import { inTable } from './arguments.ts';
import { defineTool } from './tool.ts';

/** Number of rows in the preview. */
const previewRows = 5;

export const exportTableCsv = defineTool({
  name: 'export_table_csv',
  title: 'Export a table as CSV',
  description:
    'Exports records of a table as CSV (RFC 4180) with a header row, and adds a preview of five rows.',
  readOnly: true,
  input: inTable.extend({
    fields: z.array(z.string().max(255)).min(1).max(500).optional().describe('Fields to export; default all'),
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
  async run(input, context) {
    const table = await findTable(context, input.base_id, input.table_id);
    const columns = input.fields ?? table.fields.map(({ name }) => name);
    assertFields(table, columns);
    const { records, more } = await readRecords(context, {
      baseId: input.base_id,
      table: table.id,
      selection: { fields: columns, view: input.view },
      limit: input.max_records,
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

/** A number as people or JavaScript write it, or a list of such numbers. */
const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(, [+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)*$/i;

/**
 * Quotes a cell as RFC 4180 requires. A text that a spreadsheet would run as a formula gets an apostrophe in front
 * (OWASP, CSV injection); numbers keep their sign.
 */
function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r\n]/.test(text) && !numeric.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
