import { z } from 'zod';
import { inTable, recordArgument, tableParams } from './arguments.ts';
import { defineTool } from './tool.ts';

export const batchDeleteRecords = defineTool({
  name: 'batch_delete_records',
  title: 'Delete several records',
  description: 'Deletes up to ten records permanently, in one request: all of them or none.',
  readOnly: false,
  input: inTable.extend({ record_ids: z.array(recordArgument).min(1).max(10) }),
  output: z.object({ deleted: z.array(z.string()), count: z.int() }),
  async run(input, { airtable, signal }) {
    const { records } = await airtable.deleteRecords(
      { ...tableParams(input), query: { records: input.record_ids } },
      { signal },
    );
    const deleted = records.map(({ id }) => id);
    return { deleted, count: deleted.length };
  },
});
