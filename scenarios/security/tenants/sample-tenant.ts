import type { Account, CheckContext } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { valueAt } from '../../kit/shape.ts';

/** A tenant with a base. All sample tenants have the same data except `secret` and the ids. */
export interface SampleTenant {
  account: Account;
  send: Send;
  /** Stored in a field of every record, and nowhere else in the platform. */
  secret: string;
  baseId: string;
  peopleId: string;
  teamsId: string;
  nameFieldId: string;
  personIds: readonly string[];
  teamId: string;
  commentId: string;
  webhookId: string;
}

export const peopleCount = 10;

const text = (name: string) => ({ name, type: 'singleLineText' });

/** A webhook specification for all records with all their cells. Without a URL the webhook sends no pings. */
export const watchRecords = {
  options: { filters: { dataTypes: ['tableData'] }, includes: { includeCellValuesInFieldIds: 'all' } },
};

/** Registers a user and creates a base with records, a comment and a webhook through the gateway. */
export async function createSampleTenant(context: CheckContext): Promise<SampleTenant> {
  const account = await context.account();
  const send = sendAs(context, account);
  const secret = context.unique('secret');
  const at = (json: unknown, ...path: (string | number)[]) => String(valueAt(json, ...path));
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Same name',
    workspaceId: 'default',
    tables: [
      { name: 'People', fields: [text('Name'), text('Secret')] },
      { name: 'Teams', fields: [text('Name')] },
    ],
  });
  const baseId = at(base, 'id');
  const [peopleId, teamsId] = [at(base, 'tables', 0, 'id'), at(base, 'tables', 1, 'id')];
  await prepare(send, 'POST', `/api/airtable/v0/meta/bases/${baseId}/tables/${peopleId}/fields`, {
    name: 'Team',
    type: 'multipleRecordLinks',
    options: { linkedTableId: teamsId },
  });
  const team = await prepare(send, 'POST', `/api/airtable/v0/${baseId}/Teams`, {
    fields: { Name: 'Engines' },
  });
  const teamId = at(team, 'id');
  const people = await prepare(send, 'POST', `/api/airtable/v0/${baseId}/People`, {
    records: Array.from({ length: peopleCount }, (_, index) => ({
      fields: { Name: `Person ${index}`, Secret: secret, Team: [teamId] },
    })),
  });
  const records = valueAt(people, 'records') as { id: string }[];
  const personIds = records.map(({ id }) => id);
  const person = `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}`;
  const comment = await prepare(send, 'POST', `${person}/comments`, { text: `Seen by ${secret}` });
  const hooks = `/api/airtable/v0/bases/${baseId}/webhooks`;
  const webhook = await prepare(send, 'POST', hooks, { specification: watchRecords });
  // These changes give the webhook payloads that contain the secret.
  for (const Name of ['Person', 'Person 0']) await prepare(send, 'PATCH', person, { fields: { Name } });
  await prepare(send, 'POST', '/api/airtable/sync', { base_id: baseId, sync_type: 'full' });
  return {
    account,
    send,
    secret,
    baseId,
    peopleId,
    teamsId,
    nameFieldId: at(base, 'tables', 0, 'fields', 0, 'id'),
    personIds,
    teamId,
    commentId: at(comment, 'id'),
    webhookId: at(webhook, 'id'),
  };
}

/** All responses that the owner gets about the base, including errors. Compare two snapshots to detect changes. */
export async function snapshot({
  send,
  baseId,
  peopleId,
  personIds,
  webhookId,
}: SampleTenant): Promise<string> {
  const paths = [
    '/api/airtable/v0/meta/bases',
    `/api/airtable/v0/meta/bases/${baseId}/tables`,
    `/api/airtable/v0/${baseId}/People`,
    `/api/airtable/v0/${baseId}/Teams`,
    `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}/comments`,
    `/api/airtable/v0/bases/${baseId}/webhooks/${webhookId}/payloads`,
  ];
  const responses = await Promise.all(paths.map((path) => send('GET', path)));
  return responses.map(({ status, text }) => `${status} ${text}`).join('\n');
}
