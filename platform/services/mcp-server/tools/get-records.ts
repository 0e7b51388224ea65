import { z } from 'zod';
import { readRecords } from '../airtable.ts';
import { inTable, RecordOutput } from './arguments.ts';
import { defineTool } from './tool.ts';

export const getRecords = defineTool({
  name: 'get_records',
  title: 'Get records',
  description:
    'Reads records of a table, optionally only those of a view or those that match an Airtable formula.',
  readOnly: true,
  input: inTable.extend({
    max_records: z.int().min(1).max(1000).default(100),
    view: z.string().max(255).optional(),
    filter_by_formula: z.string().max(5000).optional(),
  }),
  output: z.object({ records: z.array(RecordOutput), count: z.int(), more: z.boolean() }),
  async run(input, context) {
    const { records, more } = await readRecords(context, {
      baseId: input.base_id,
      table: input.table_id,
      selection: { view: input.view, filterByFormula: input.filter_by_formula },
      limit: input.max_records,
    });
    return { records, count: records.length, more };
  },
});
