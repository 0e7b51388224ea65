import { AirtableDeletion } from '../../../contracts/airtable-gateway/records.ts';
import { inTable, recordArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

export const deleteRecord = defineTool({
  name: 'delete_record',
  title: 'Delete a record',
  description: 'Deletes one record permanently.',
  readOnly: false,
  input: inTable.extend({ record_id: recordArgument }),
  output: AirtableDeletion,
  async run({ base_id, table_id, record_id }, { airtable, signal }) {
    return airtable.deleteRecord(
      { params: { baseId: base_id, tableIdOrName: table_id, recordId: record_id } },
      { signal },
    );
  },
});
