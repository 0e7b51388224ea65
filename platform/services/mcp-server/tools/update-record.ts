import { fieldsArgument, inTable, RecordOutput, recordArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

export const updateRecord = defineTool({
  name: 'update_record',
  title: 'Update a record',
  description: 'Changes fields of one record. Fields that are not named stay unchanged.',
  readOnly: false,
  input: inTable.extend({ record_id: recordArgument, fields: fieldsArgument }),
  output: RecordOutput,
  async run({ base_id, table_id, record_id, fields }, { airtable, signal }) {
    return airtable.updateRecord(
      { params: { baseId: base_id, tableIdOrName: table_id, recordId: record_id }, body: { fields } },
      { signal },
    );
  },
});
