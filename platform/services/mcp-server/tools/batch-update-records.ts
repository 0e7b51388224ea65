import { z } from 'zod';
import { failureMessage, ToolFailure } from '../tool-failure.ts';
import { fieldsArgument, inTable, RecordOutput, recordArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

export const batchUpdateRecords = defineTool({
  name: 'batch_update_records',
  title: 'Update several records',
  description:
    'Changes up to ten records in sequence and reports for each whether it was changed. Fails when none was changed.',
  readOnly: false,
  input: inTable.extend({
    records: z
      .array(z.strictObject({ id: recordArgument, fields: fieldsArgument }))
      .min(1)
      .max(10),
  }),
  output: z.object({
    updated: z.array(RecordOutput),
    failed: z.array(z.object({ id: z.string(), error: z.string() })),
  }),
  async run(input, { airtable, signal, advance }) {
    const updated: z.input<typeof RecordOutput>[] = [];
    const failed: { id: string; error: string }[] = [];
    for (const { id, fields } of input.records) {
      try {
        updated.push(
          await airtable.updateRecord(
            {
              params: { baseId: input.base_id, tableIdOrName: input.table_id, recordId: id },
              body: { fields },
            },
            { signal },
          ),
        );
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ id, error: failureMessage(error) });
      }
      await advance?.(1);
    }
    if (updated.length === 0) {
      throw new ToolFailure(
        `No record was changed: ${failed.map(({ id, error }) => `${id}: ${error}`).join('; ')}`,
      );
    }
    return { updated, failed };
  },
});
