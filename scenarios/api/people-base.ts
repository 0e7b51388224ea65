import { type Account, type CheckContext, ProductFailure } from '../../harness/engine/index.ts';

/** A base with one empty table of people, made for one check. */
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

/** Makes the base through the gateway. @throws ProductFailure when the platform refuses. */
export async function createPeople(context: CheckContext, account: Account): Promise<PeopleBase> {
  const base = (await post(context, account, '/v0/meta/bases', definition)) as {
    id: string;
    tables: { id: string }[];
  };
  const [table] = base.tables;
  if (!table) throw new ProductFailure('The new base has no table.');
  return { id: base.id, tableId: table.id };
}

/** Adds a person and returns the record's id. @throws ProductFailure when the platform refuses. */
export async function addPerson(
  context: CheckContext,
  account: Account,
  options: { base: PeopleBase; fields: { Name: string; Age: number } },
): Promise<string> {
  const { id } = (await post(context, account, `/v0/${options.base.id}/${options.base.tableId}`, {
    fields: options.fields,
  })) as { id: string };
  return id;
}

async function post({ http }: CheckContext, account: Account, path: string, body: unknown): Promise<unknown> {
  const { status, json, text } = await http.request('gateway', `/api/airtable${path}`, {
    method: 'POST',
    token: account.accessToken,
    from: account.address,
    body,
  });
  if (status !== 200) throw new ProductFailure(`POST ${path} answered ${status}: ${text.slice(0, 300)}`);
  return json;
}
