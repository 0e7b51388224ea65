import { type World, watchRecords } from './tenant-world.ts';

/** A request that names something of one world; sent by its owner it works, by others it must not. */
export interface ForeignRequest {
  what: string;
  method: string;
  path: string;
  body?: unknown;
}

const records = (world: World) => `/api/airtable/v0/${world.baseId}/${world.peopleId}`;
const tables = (world: World) => `/api/airtable/v0/meta/bases/${world.baseId}/tables`;
const webhooks = (world: World) => `/api/airtable/v0/bases/${world.baseId}/webhooks`;
const plain = (world: World) => `/api/airtable/bases/${world.baseId}`;

/** Requests that read from the base of a world. */
export function readsOf(world: World): ForeignRequest[] {
  const [person] = world.personIds;
  const list = (what: string, path: string): ForeignRequest => ({ what, method: 'GET', path });
  return [
    list('the tables', tables(world)),
    list('the schema in the old shape', `${plain(world)}/schema`),
    list('the tables in the old shape', `${plain(world)}/tables`),
    list('a list by table name', `/api/airtable/v0/${world.baseId}/People`),
    list('a list by table id', records(world)),
    list('a list in the old shape', `${plain(world)}/tables/${world.peopleId}/records`),
    list(
      'a list by formula',
      `${records(world)}?filterByFormula=${encodeURIComponent(`{Secret} = '${world.secret}'`)}`,
    ),
    {
      what: 'a list by body',
      method: 'POST',
      path: `${records(world)}/listRecords`,
      body: { filterByFormula: `FIND('${world.secret}', {Secret})` },
    },
    list('a record', `${records(world)}/${person}`),
    list('a record in the old shape', `${plain(world)}/tables/${world.peopleId}/records/${person}`),
    list('comments', `${records(world)}/${person}/comments`),
    list('the webhooks', webhooks(world)),
    list('what a webhook was told', `${webhooks(world)}/${world.webhookId}/payloads`),
  ];
}

/** Requests that change the base of a world, all of which its owner may do. */
export function writesOf(world: World): ForeignRequest[] {
  const [person, second] = world.personIds;
  const fields = { Name: 'taken over' };
  return [
    { what: 'creating a record', method: 'POST', path: records(world), body: { fields } },
    {
      what: 'creating a batch',
      method: 'POST',
      path: records(world),
      body: { records: [{ fields }, { fields }] },
    },
    {
      what: 'creating in the old shape',
      method: 'POST',
      path: `${plain(world)}/tables/${world.peopleId}/records`,
      body: fields,
    },
    {
      what: 'a batch in the old shape',
      method: 'POST',
      path: `${plain(world)}/tables/${world.peopleId}/records/batch`,
      body: [fields],
    },
    { what: 'changing a record', method: 'PATCH', path: `${records(world)}/${person}`, body: { fields } },
    { what: 'replacing a record', method: 'PUT', path: `${records(world)}/${person}`, body: { fields } },
    {
      what: 'changing a record in the old shape',
      method: 'PATCH',
      path: `${plain(world)}/tables/${world.peopleId}/records/${person}`,
      body: fields,
    },
    {
      what: 'changing a batch',
      method: 'PATCH',
      path: records(world),
      body: { records: [person, second].map((id) => ({ id, fields })) },
    },
    {
      what: 'an upsert',
      method: 'PATCH',
      path: records(world),
      body: {
        performUpsert: { fieldsToMergeOn: ['Name'] },
        records: [{ fields: { Name: 'Person 1', Secret: 'taken over' } }],
      },
    },
    {
      what: 'commenting',
      method: 'POST',
      path: `${records(world)}/${person}/comments`,
      body: { text: 'taken over' },
    },
    {
      what: 'changing a comment',
      method: 'PATCH',
      path: `${records(world)}/${person}/comments/${world.commentId}`,
      body: { text: 'taken over' },
    },
    {
      what: 'adding a table',
      method: 'POST',
      path: tables(world),
      body: { name: 'X', fields: [{ name: 'X', type: 'email' }] },
    },
    {
      what: 'renaming a table',
      method: 'PATCH',
      path: `${tables(world)}/${world.teamsId}`,
      body: { name: 'Taken over' },
    },
    {
      what: 'adding a field',
      method: 'POST',
      path: `${tables(world)}/${world.peopleId}/fields`,
      body: { name: 'X', type: 'email' },
    },
    {
      what: 'renaming a field',
      method: 'PATCH',
      path: `${tables(world)}/${world.peopleId}/fields/${world.nameFieldId}`,
      body: { description: 'taken over' },
    },
    {
      what: 'adding a webhook',
      method: 'POST',
      path: webhooks(world),
      body: { specification: watchRecords },
    },
    {
      what: 'turning the pings of a webhook off',
      method: 'POST',
      path: `${webhooks(world)}/${world.webhookId}/enableNotifications`,
      body: { enable: false },
    },
    { what: 'prolonging a webhook', method: 'POST', path: `${webhooks(world)}/${world.webhookId}/refresh` },
    { what: 'deleting a webhook', method: 'DELETE', path: `${webhooks(world)}/${world.webhookId}` },
    { what: 'a sync', method: 'POST', path: '/api/airtable/sync', body: { base_id: world.baseId } },
    {
      what: 'deleting a comment',
      method: 'DELETE',
      path: `${records(world)}/${person}/comments/${world.commentId}`,
    },
    {
      what: 'deleting a batch',
      method: 'DELETE',
      path: `${records(world)}?records[]=${second}&records[]=${world.personIds[2]}`,
    },
    { what: 'deleting a record', method: 'DELETE', path: `${records(world)}/${person}` },
    {
      what: 'deleting in the old shape',
      method: 'DELETE',
      path: `${plain(world)}/tables/${world.peopleId}/records/${world.personIds[3]}`,
    },
  ];
}
