import { type Account, type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';

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

/** Ids by the name of the path parameter that takes them. */
type KnownIds = Record<string, string[]>;

/** Number of records: generated requests delete some. Ten fit into a request. */
const recordCount = 30;
/** Number of files, workflows and workspaces. */
const objectCount = 5;

/**
 * Creates objects of the account, so that generated requests reach more than "not found".
 * @returns ids by service and name of the path parameter
 * @throws ProductFailure when the platform does not create them
 */
export async function createKnownIds(
  context: CheckContext,
  account: Account,
): Promise<Record<string, KnownIds>> {
  const send = sendAs(context, account);
  const files: string[] = [];
  const automations: string[] = [];
  const workspaces: string[] = [];
  for (let number = 0; number < objectCount; number += 1) {
    files.push(await upload(context, account, `file-${number}.txt`));
    const created = async (path: string, body: unknown) =>
      textAt(await prepare(send, 'POST', path, body), 'id');
    const workflow = await created('/api/workflows', {
      name: `Workflow ${number}`,
      steps: [{ type: 'log', config: { message: 'fuzzing' } }],
      triggers: [{ type: 'manual' }],
    });
    automations.push(workflow, await created(`/api/workflows/${workflow}/execute`, { input: {} }));
    workspaces.push(await created('/api/workspaces', { name: `Workspace ${number}` }));
  }
  return {
    'airtable-gateway': await createRecords(send),
    'file-service': { id: files },
    'automation-services': { id: automations },
    'platform-services': { id: workspaces },
  };
}

async function upload({ http }: CheckContext, account: Account, name: string): Promise<string> {
  const response = await http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: account.accessToken,
    from: account.address,
    ...fileForm(name, `content of ${name}`),
  });
  if (response.status !== 201) throw new ProductFailure(`The upload returned ${summary(response)}`);
  return textAt(response.json, 'id');
}

async function createRecords(send: Send): Promise<KnownIds> {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', definition);
  const { id: baseId, tables } = base as { id: string; tables: { id: string; fields: { id: string }[] }[] };
  const [table] = tables;
  if (!table) throw new ProductFailure('The new base has no table.');
  const recordId: string[] = [];
  while (recordId.length < recordCount) {
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
