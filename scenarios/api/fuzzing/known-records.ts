import { type Account, type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';

const choices = { choices: [{ name: 'Red' }, { name: 'Green' }] };

const definition = {
  name: 'Fuzzing',
  workspaceId: 'default',
  tables: [
    {
      name: 'Everything',
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Notes', type: 'multilineText' },
        { name: 'Number', type: 'number', options: { precision: 2 } },
        { name: 'Price', type: 'currency', options: { precision: 2, symbol: '€' } },
        { name: 'Done', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
        { name: 'Day', type: 'date', options: { dateFormat: { name: 'iso' } } },
        { name: 'Colour', type: 'singleSelect', options: choices },
        { name: 'Colours', type: 'multipleSelects', options: choices },
        { name: 'Mail', type: 'email' },
        { name: 'Files', type: 'multipleAttachments' },
      ],
    },
  ],
};

/** Number of records: generated requests delete some. Ten fit into a request. */
const count = 30;

/**
 * Creates a base with records of the account, so that generated requests reach more than "not found".
 * @returns ids by the name of the path parameter that takes them
 * @throws ProductFailure when the platform does not create them
 */
export async function createKnownRecords(
  context: CheckContext,
  account: Account,
): Promise<Record<string, string[]>> {
  const send = sendAs(context, account);
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', definition);
  const { id: baseId, tables } = base as { id: string; tables: { id: string; fields: { id: string }[] }[] };
  const [table] = tables;
  if (!table) throw new ProductFailure('The new base has no table.');
  const recordId: string[] = [];
  while (recordId.length < count) {
    const records = Array.from({ length: 10 }, (_, index) => ({
      fields: { Name: `Record ${recordId.length + index}`, Number: index, Done: true, Colour: 'Red' },
    }));
    const path = `/api/airtable/v0/${baseId}/${table.id}`;
    const created = (await prepare(send, 'POST', path, { records })) as { records: { id: string }[] };
    recordId.push(...created.records.map(({ id }) => id));
  }
  return {
    baseId: [baseId],
    tableId: [table.id],
    tableIdOrName: [table.id, 'Everything'],
    fieldId: table.fields.map(({ id }) => id),
    recordId,
  };
}
