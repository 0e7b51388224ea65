import { z } from 'zod';
import { assertFields, findTable, readRecords } from '../airtable.ts';
import { cellText } from '../cell-text.ts';
import { inTable } from './arguments.ts';
import { defineTool } from './tool.ts';

/** Maximum number of records compared. */
const maxRecords = 1000;

export const findDuplicates = defineTool({
  name: 'find_duplicates',
  title: 'Find duplicates',
  description:
    'Groups records that have equal values in the named fields, ignoring case and surrounding spaces. Compares up to 1,000 records.',
  readOnly: true,
  input: inTable.extend({
    fields: z.array(z.string().max(255)).min(1).max(20),
    ignore_empty: z.boolean().default(true).describe('Ignore records in which all of the fields are empty'),
  }),
  output: z.object({
    groups: z.array(z.object({ values: z.record(z.string(), z.string()), record_ids: z.array(z.string()) })),
    duplicate_records: z.int().describe('Records beyond the first of each group'),
    checked: z.int(),
    complete: z.boolean(),
  }),
  async run(input, context) {
    const table = await findTable(context, input.base_id, input.table_id);
    assertFields(table, input.fields);
    const { records, more } = await readRecords(context, {
      baseId: input.base_id,
      table: table.id,
      selection: { fields: input.fields },
      limit: maxRecords,
    });
    const groups = new Map<string, { values: Record<string, string>; record_ids: string[] }>();
    for (const record of records) {
      const values = Object.fromEntries(
        input.fields.map((name) => [name, cellText(record.fields[name]).trim().toLowerCase()]),
      );
      if (input.ignore_empty && Object.values(values).every((value) => value === '')) continue;
      const key = JSON.stringify(Object.values(values));
      const group = groups.get(key) ?? { values, record_ids: [] };
      group.record_ids.push(record.id);
      groups.set(key, group);
    }
    const repeated = [...groups.values()].filter((group) => group.record_ids.length > 1);
    return {
      groups: repeated,
      duplicate_records: repeated.reduce((sum, group) => sum + group.record_ids.length - 1, 0),
      checked: records.length,
      complete: !more,
    };
  },
});
