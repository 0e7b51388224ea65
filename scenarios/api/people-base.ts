import { type Account, type CheckContext, ProductFailure } from '../../harness/engine/index.ts';
import { prepare, sendAs } from '../kit/send-as.ts';

/** A base with one empty table of people, created for one check. */
export interface PeopleBase {
  id: string;
  tableId: string;
}

const definition = {
  name: 'People',
  workspaceId: 'default',
  tables: [
    {
      name: 'People',
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Age', type: 'number', options: { precision: 0 } },
      ],
    },
  ],
};

/** Creates the base through the gateway. @throws ProductFailure when the platform does not. */
export async function createPeople(context: CheckContext, account: Account): Promise<PeopleBase> {
  const base = await prepare(sendAs(context, account), 'POST', '/api/airtable/v0/meta/bases', definition);
  const { id, tables } = base as { id: string; tables: { id: string }[] };
  const [table] = tables;
  if (!table) throw new ProductFailure('The new base has no table.');
  return { id, tableId: table.id };
}

/** Adds a person and returns the record's id. @throws ProductFailure when the platform does not. */
export async function addPerson(
  context: CheckContext,
  account: Account,
  { base, fields }: { base: PeopleBase; fields: { Name: string; Age: number } },
): Promise<string> {
  const path = `/api/airtable/v0/${base.id}/${base.tableId}`;
  const { id } = (await prepare(sendAs(context, account), 'POST', path, { fields })) as { id: string };
  return id;
}
