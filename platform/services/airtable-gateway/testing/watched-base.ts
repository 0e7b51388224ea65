import { expect } from 'vitest';
import type { TemporaryAirtableGateway, TestUser } from './temporary-airtable-gateway.ts';

export interface WatchedBase {
  gateway: TemporaryAirtableGateway;
  user: TestUser;
  baseId: string;
  people: string;
  view: string;
  /** Ids of fields by name. */
  fields: Record<string, string>;
  teams: string;
  team: string;
  hooks: string;
}

/** A base with people who are linked to a team. A look-up shows the team's number with the people. */
export async function makeBase(gateway: TemporaryAirtableGateway): Promise<WatchedBase> {
  const user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Watched',
    workspaceId: 'default',
    tables: [
      {
        name: 'People',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Age', type: 'number', options: { precision: 0 } },
          { name: 'Mood', type: 'singleSelect', options: { choices: [{ name: 'glad' }] } },
        ],
      },
      {
        name: 'Teams',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Number', type: 'number', options: { precision: 0 } },
        ],
      },
    ],
  });
  const { id: baseId, tables } = made.body;
  const [people, teams] = tables;
  const fields = Object.fromEntries(
    people.fields.map(({ id, name }: { id: string; name: string }) => [name, id]),
  );
  const add = async (definition: object) => {
    const path = `/v0/meta/bases/${baseId}/tables/${people.id}/fields`;
    const { body } = await gateway.call(user, 'POST', path, definition);
    fields[body.name] = body.id;
    return body;
  };
  const team = await add({ name: 'Team', type: 'multipleRecordLinks', options: { linkedTableId: teams.id } });
  await add({ name: 'Older', type: 'formula', options: { formula: '{Age} + 1' } });
  await add({
    name: 'Team number',
    type: 'multipleLookupValues',
    options: { recordLinkFieldId: team.id, fieldIdInLinkedTable: teams.fields[1].id },
  });
  const first = await gateway.call(user, 'POST', `/v0/${baseId}/Teams`, { fields: { Name: 'A', Number: 1 } });
  return {
    gateway,
    user,
    baseId,
    people: people.id,
    view: people.views[0].id,
    fields,
    teams: teams.id,
    team: first.body.id,
    hooks: `/v0/bases/${baseId}/webhooks`,
  };
}

/** Filters that match every change. */
export const everything = { dataTypes: ['tableData', 'tableFields', 'tableMetadata'] };

/** Creates a webhook and returns its id. */
export async function watch(
  base: WatchedBase,
  filters: object = everything,
  includes?: object,
): Promise<string> {
  const made = await base.gateway.call(base.user, 'POST', base.hooks, {
    specification: { options: { filters, ...(includes === undefined ? {} : { includes }) } },
  });
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 200 });
  return made.body.id;
}

export async function readPayloads(base: WatchedBase, hook: string, query = '') {
  const response = await base.gateway.call(base.user, 'GET', `${base.hooks}/${hook}/payloads${query}`);
  expect(response.status).toBe(200);
  return response.body;
}

export async function addPerson(base: WatchedBase, fields: object): Promise<string> {
  const { body } = await base.gateway.call(base.user, 'POST', `/v0/${base.baseId}/People`, { fields });
  return body.id;
}

export const changePerson = (base: WatchedBase, id: string, fields: object) =>
  base.gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People/${id}`, { fields });
