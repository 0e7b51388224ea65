import { type SampleTenant, watchRecords } from './sample-tenant.ts';

/** A request for an object of one tenant. It works for the owner and must not work for others. */
export interface ForeignRequest {
  name: string;
  method: string;
  path: string;
  body?: unknown;
}

const records = (tenant: SampleTenant) => `/api/airtable/v0/${tenant.baseId}/${tenant.peopleId}`;
const tables = (tenant: SampleTenant) => `/api/airtable/v0/meta/bases/${tenant.baseId}/tables`;
const webhooks = (tenant: SampleTenant) => `/api/airtable/v0/bases/${tenant.baseId}/webhooks`;
/** The routes from before the Web API. */
const legacy = (tenant: SampleTenant) => `/api/airtable/bases/${tenant.baseId}`;

/** Requests that read from the tenant's base. */
export function readsOf(tenant: SampleTenant): ForeignRequest[] {
  const [person] = tenant.personIds;
  const read = (name: string, path: string): ForeignRequest => ({ name, method: 'GET', path });
  return [
    read('list tables', tables(tenant)),
    read('read the schema by the legacy route', `${legacy(tenant)}/schema`),
    read('list tables by the legacy route', `${legacy(tenant)}/tables`),
    read('list records by table name', `/api/airtable/v0/${tenant.baseId}/People`),
    read('list records by table id', records(tenant)),
    read('list records by the legacy route', `${legacy(tenant)}/tables/${tenant.peopleId}/records`),
    read(
      'list records by formula',
      `${records(tenant)}?filterByFormula=${encodeURIComponent(`{Secret} = '${tenant.secret}'`)}`,
    ),
    {
      name: 'list records by POST',
      method: 'POST',
      path: `${records(tenant)}/listRecords`,
      body: { filterByFormula: `FIND('${tenant.secret}', {Secret})` },
    },
    read('read a record', `${records(tenant)}/${person}`),
    read(
      'read a record by the legacy route',
      `${legacy(tenant)}/tables/${tenant.peopleId}/records/${person}`,
    ),
    read('list comments', `${records(tenant)}/${person}/comments`),
    read('list webhooks', webhooks(tenant)),
    read('list webhook payloads', `${webhooks(tenant)}/${tenant.webhookId}/payloads`),
  ];
}

/** Requests that change the tenant's base, in an order in which all work for the owner. */
export function writesOf(tenant: SampleTenant): ForeignRequest[] {
  const [person, second] = tenant.personIds;
  const fields = { Name: 'taken over' };
  return [
    { name: 'create a record', method: 'POST', path: records(tenant), body: { fields } },
    {
      name: 'create several records',
      method: 'POST',
      path: records(tenant),
      body: { records: [{ fields }, { fields }] },
    },
    {
      name: 'create a record by the legacy route',
      method: 'POST',
      path: `${legacy(tenant)}/tables/${tenant.peopleId}/records`,
      body: fields,
    },
    {
      name: 'create several records by the legacy route',
      method: 'POST',
      path: `${legacy(tenant)}/tables/${tenant.peopleId}/records/batch`,
      body: [fields],
    },
    { name: 'update a record', method: 'PATCH', path: `${records(tenant)}/${person}`, body: { fields } },
    { name: 'replace a record', method: 'PUT', path: `${records(tenant)}/${person}`, body: { fields } },
    {
      name: 'update a record by the legacy route',
      method: 'PATCH',
      path: `${legacy(tenant)}/tables/${tenant.peopleId}/records/${person}`,
      body: fields,
    },
    {
      name: 'update several records',
      method: 'PATCH',
      path: records(tenant),
      body: { records: [person, second].map((id) => ({ id, fields })) },
    },
    {
      name: 'upsert a record',
      method: 'PATCH',
      path: records(tenant),
      body: {
        performUpsert: { fieldsToMergeOn: ['Name'] },
        records: [{ fields: { Name: 'Person 1', Secret: 'taken over' } }],
      },
    },
    {
      name: 'create a comment',
      method: 'POST',
      path: `${records(tenant)}/${person}/comments`,
      body: { text: 'taken over' },
    },
    {
      name: 'update a comment',
      method: 'PATCH',
      path: `${records(tenant)}/${person}/comments/${tenant.commentId}`,
      body: { text: 'taken over' },
    },
    {
      name: 'create a table',
      method: 'POST',
      path: tables(tenant),
      body: { name: 'X', fields: [{ name: 'X', type: 'email' }] },
    },
    {
      name: 'rename a table',
      method: 'PATCH',
      path: `${tables(tenant)}/${tenant.teamsId}`,
      body: { name: 'Taken over' },
    },
    {
      name: 'create a field',
      method: 'POST',
      path: `${tables(tenant)}/${tenant.peopleId}/fields`,
      body: { name: 'X', type: 'email' },
    },
    {
      name: 'update a field',
      method: 'PATCH',
      path: `${tables(tenant)}/${tenant.peopleId}/fields/${tenant.nameFieldId}`,
      body: { description: 'taken over' },
    },
    {
      name: 'create a webhook',
      method: 'POST',
      path: webhooks(tenant),
      body: { specification: watchRecords },
    },
    {
      name: 'disable the pings of a webhook',
      method: 'POST',
      path: `${webhooks(tenant)}/${tenant.webhookId}/enableNotifications`,
      body: { enable: false },
    },
    { name: 'refresh a webhook', method: 'POST', path: `${webhooks(tenant)}/${tenant.webhookId}/refresh` },
    { name: 'delete a webhook', method: 'DELETE', path: `${webhooks(tenant)}/${tenant.webhookId}` },
    { name: 'start a sync', method: 'POST', path: '/api/airtable/sync', body: { base_id: tenant.baseId } },
    {
      name: 'delete a comment',
      method: 'DELETE',
      path: `${records(tenant)}/${person}/comments/${tenant.commentId}`,
    },
    {
      name: 'delete several records',
      method: 'DELETE',
      path: `${records(tenant)}?records[]=${second}&records[]=${tenant.personIds[2]}`,
    },
    { name: 'delete a record', method: 'DELETE', path: `${records(tenant)}/${person}` },
    {
      name: 'delete a record by the legacy route',
      method: 'DELETE',
      path: `${legacy(tenant)}/tables/${tenant.peopleId}/records/${tenant.personIds[3]}`,
    },
  ];
}
