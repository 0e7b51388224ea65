import Airtable from 'airtable';
import { type Account, type CheckContext, ProductFailure } from '../../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../../kit/send-as.ts';
import { peopleCount } from './read-uses.ts';
import type { UseContext } from './use.ts';

const checkbox = { icon: 'check', color: 'greenBright' };
const choices = [{ name: 'Todo' }, { name: 'Done' }];
const number = (precision: number) => ({ type: 'number', options: { precision } });
const nameField = { name: 'Name', type: 'singleLineText' };

const definition = {
  name: 'Airtable.js',
  workspaceId: 'default',
  tables: [
    {
      name: 'People',
      fields: [
        nameField,
        { name: 'Age', ...number(0) },
        { name: 'Even', type: 'checkbox', options: checkbox },
      ],
    },
    {
      name: 'Things',
      fields: [
        nameField,
        { name: 'Number', ...number(2) },
        { name: 'Done', type: 'checkbox', options: checkbox },
        { name: 'Status', type: 'singleSelect', options: { choices } },
        { name: 'Tags', type: 'multipleSelects', options: { choices } },
        { name: 'Day', type: 'date', options: { dateFormat: { name: 'iso' } } },
        {
          name: 'At',
          type: 'dateTime',
          options: { dateFormat: { name: 'iso' }, timeFormat: { name: '24hour' }, timeZone: 'utc' },
        },
        { name: 'Share', type: 'percent', options: { precision: 1 } },
        { name: 'Stars', type: 'rating', options: { max: 5, icon: 'star', color: 'yellowBright' } },
        { name: 'Email', type: 'email' },
        { name: 'Files', type: 'multipleAttachments' },
        { name: 'Twice', type: 'formula', options: { formula: '{Number} * 2' } },
        { name: 'NaN', type: 'formula', options: { formula: '0/0' } },
        { name: 'Broken', type: 'formula', options: { formula: 'ERROR()' } },
      ],
    },
    { name: "Bob's Möbel & more?", fields: [nameField] },
    { name: 'In/Out', fields: [nameField] },
  ],
};

interface Field {
  id: string;
  name: string;
}

/** Creates the tables of all uses, and 25 people. @throws ProductFailure when the platform does not. */
export async function createUseBase(context: CheckContext, account: Account): Promise<UseContext> {
  const send = sendAs(context, account);
  const path = '/api/airtable/v0/meta/bases';
  const made = (await prepare(send, 'POST', path, definition)) as {
    id: string;
    tables: { id: string; fields: Field[] }[];
  };
  const things = made.tables[1];
  if (things === undefined) throw new ProductFailure('The new base lacks a table.');
  const fieldIds = Object.fromEntries(things.fields.map(({ id, name }) => [name, id]));

  const addField = (name: string, type: string, options: object) =>
    prepare(send, 'POST', `${path}/${made.id}/tables/${things.id}/fields`, { name, type, options });
  const { id: recordLinkFieldId } = (await addField('Itself', 'multipleRecordLinks', {
    linkedTableId: things.id,
  })) as Field;
  await addField('Links', 'count', { recordLinkFieldId });
  const lookUp = (name: string, field: string) =>
    addField(name, 'multipleLookupValues', { recordLinkFieldId, fieldIdInLinkedTable: fieldIds[field] });
  await lookUp('Looked up', 'Twice');
  await lookUp('Looked up error', 'Broken');

  const airtable = new Airtable({
    apiKey: account.accessToken,
    endpointUrl: `${context.stack.services.gateway}/api/airtable`,
    noRetryIfRateLimited: true,
    requestTimeout: 10_000,
  });
  const base = airtable.base(made.id);
  const people = base('People');
  for (let start = 0; start < peopleCount; start += 10) {
    const ages = Array.from({ length: Math.min(10, peopleCount - start) }, (_, index) => start + index);
    await people.create(
      ages.map((age) => ({ fields: { Name: `Person ${age}`, Age: age, Even: age % 2 === 0 } })),
    );
  }
  return { airtable, base, people, things: base('Things'), fieldIds };
}
