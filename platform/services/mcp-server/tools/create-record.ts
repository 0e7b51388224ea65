import { AirtableRecord } from '../../../contracts/airtable-gateway/records.ts';
import { fieldsArgument, inTable, RecordOutput, tableParams } from './arguments.ts';
import { defineTool } from './tool.ts';

export const createRecord = defineTool({
  name: 'create_record',
  title: 'Create a record',
  description: 'Creates one record in a table.',
  readOnly: false,
  input: inTable.extend({ fields: fieldsArgument }),
  output: RecordOutput,
  async run(input, { airtable, signal }) {
    const created = await airtable.createRecords(
      { ...tableParams(input), body: { fields: input.fields } },
      { signal },
    );
    return AirtableRecord.parse(created);
  },
});
