import { z } from 'zod';
import { fieldsArgument, inTable, RecordOutput, tableParams } from './arguments.ts';
import { defineTool } from './tool.ts';

export const batchCreateRecords = defineTool({
  name: 'batch_create_records',
  title: 'Create several records',
  description: 'Creates up to ten records in one request: all of them or none.',
  readOnly: false,
  input: inTable.extend({
    records: z.array(fieldsArgument).min(1).max(10).describe('Records, each as values by field name'),
  }),
  output: z.object({ records: z.array(RecordOutput), count: z.int() }),
  async run(input, { airtable, signal }) {
    const created = await airtable.createRecords(
      { ...tableParams(input), body: { records: input.records.map((fields) => ({ fields })) } },
      { signal },
    );
    const records = 'records' in created ? created.records : [created];
    return { records, count: records.length };
  },
});
