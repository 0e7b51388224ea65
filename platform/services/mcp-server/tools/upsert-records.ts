import { z } from 'zod';
import { fieldsArgument, inTable, RecordOutput, tableParams } from './arguments.ts';
import { defineTool } from './tool.ts';

export const upsertRecords = defineTool({
  name: 'upsert_records',
  title: 'Update or create records',
  description:
    'Updates the records that match in the merge fields and creates the others: up to ten records, all of them or none. Fails when a record matches several.',
  readOnly: false,
  input: inTable.extend({
    merge_on: z.array(z.string().min(1).max(255)).min(1).max(3).describe('Names of the fields to match by'),
    records: z.array(fieldsArgument).min(1).max(10).describe('Records, each as values by field name'),
  }),
  output: z.object({
    records: z.array(RecordOutput),
    created: z.array(z.string()).describe('Ids of the created records'),
    updated: z.array(z.string()).describe('Ids of the updated records'),
  }),
  async run(input, { airtable, signal }) {
    const written = await airtable.updateRecords(
      {
        ...tableParams(input),
        body: {
          performUpsert: { fieldsToMergeOn: input.merge_on },
          records: input.records.map((fields) => ({ fields })),
        },
      },
      { signal },
    );
    return {
      records: written.records,
      created: written.createdRecords ?? [],
      updated: written.updatedRecords ?? [],
    };
  },
});
