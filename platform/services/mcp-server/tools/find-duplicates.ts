import { z } from 'zod';
import { findTable, readRecords, ToolFailure } from '../airtable.ts';
import { inTable } from './arguments.ts';
import { cellText } from './cell-text.ts';
import { defineTool } from './tool.ts';

/** Most records looked at. */
const maxRecords = 1000;

export const findDuplicates = defineTool({
  name: 'find_duplicates',
  title: 'Find duplicates',
  description:
    'Groups records whose values in the named fields are equal, spaces around and upper case set aside. Looks at up to 1,000 records.',
  readOnly: true,
  input: inTable.extend({
    fields: z.array(z.string().max(255)).min(1).max(20),
    ignore_empty: z.boolean().default(true).describe('Leave out records in which all the fields are empty'),
  }),
  output: z.object({
    groups: z.array(z.object({ values: z.record(z.string(), z.string()), record_ids: z.array(z.string()) })),
    duplicate_records: z.int().describe('Records beyond the first of each group'),
    checked: z.int(),
    complete: z.boolean(),
  }),
  async run(input, { airtable, signal }) {
    const table = await findTable(airtable, { baseId: input.base_id, table: input.table_id, signal });
    const unknown = input.fields.filter((name) => !table.fields.some((field) => field.name === name));
    if (unknown.length > 0) throw new ToolFailure(`${table.name} has no field ${unknown.join(', ')}.`);
    const { records, more } = await readRecords(airtable, {
      baseId: input.base_id,
      table: table.id,
      selection: { fields: input.fields },
      limit: maxRecords,
      signal,
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
