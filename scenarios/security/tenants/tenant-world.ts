import {
  type Account,
  type CheckContext,
  type Exchange,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import { valueAt } from '../../kit/shape.ts';

/** Sends requests as one user. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Exchange>;

/** One tenant with a base, filled like every other tenant's; only `secret` tells them apart. */
export interface World {
  account: Account;
  ask: Ask;
  /** In a field of every record, and nowhere else in the platform. */
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

export function askAs({ http }: CheckContext, account: Account): Ask {
  return (method, path, body) =>
    http.request('gateway', path, {
      method,
      token: account.accessToken,
      from: account.address,
      ...(body === undefined ? {} : { body }),
    });
}

/** Sends what has to succeed for the question to mean something. @throws ProductFailure when it does not. */
export async function prepare(ask: Ask, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await ask(method, path, body);
  if (answer.status >= 300) throw new ProductFailure(`${method} ${path} answered ${summary(answer)}`);
  return answer.json;
}

const text = (name: string) => ({ name, type: 'singleLineText' });

/** What webhooks watch: all records, shown with all their cells. Without a URL nobody is pinged. */
export const watchRecords = {
  options: { filters: { dataTypes: ['tableData'] }, includes: { includeCellValuesInFieldIds: 'all' } },
};

/** Registers a user and fills a base, all through the gateway. */
export async function makeWorld(context: CheckContext): Promise<World> {
  const account = await context.account();
  const ask = askAs(context, account);
  const secret = context.unique('secret');
  const at = (json: unknown, ...path: (string | number)[]) => String(valueAt(json, ...path));
  const base = await prepare(ask, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Same name',
    workspaceId: 'default',
    tables: [
      { name: 'People', fields: [text('Name'), text('Secret')] },
      { name: 'Teams', fields: [text('Name')] },
    ],
  });
  const baseId = at(base, 'id');
  const [peopleId, teamsId] = [at(base, 'tables', 0, 'id'), at(base, 'tables', 1, 'id')];
  await prepare(ask, 'POST', `/api/airtable/v0/meta/bases/${baseId}/tables/${peopleId}/fields`, {
    name: 'Team',
    type: 'multipleRecordLinks',
    options: { linkedTableId: teamsId },
  });
  const team = await prepare(ask, 'POST', `/api/airtable/v0/${baseId}/Teams`, {
    fields: { Name: 'Engines' },
  });
  const teamId = at(team, 'id');
  const people = await prepare(ask, 'POST', `/api/airtable/v0/${baseId}/People`, {
    records: Array.from({ length: peopleCount }, (_, index) => ({
      fields: { Name: `Person ${index}`, Secret: secret, Team: [teamId] },
    })),
  });
  const records = valueAt(people, 'records') as { id: string }[];
  const personIds = records.map(({ id }) => id);
  const comment = await prepare(
    ask,
    'POST',
    `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}/comments`,
    { text: `Seen by ${secret}` },
  );
  const hooks = `/api/airtable/v0/bases/${baseId}/webhooks`;
  const webhook = await prepare(ask, 'POST', hooks, { specification: watchRecords });
  // Gives the webhook something to tell, the secret included.
  for (const Name of ['Person', 'Person 0'])
    await prepare(ask, 'PATCH', `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}`, {
      fields: { Name },
    });
  await prepare(ask, 'POST', '/api/airtable/sync', { base_id: baseId, sync_type: 'full' });
  return {
    account,
    ask,
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

/** All that the owner can see of their base, refusals included, to hold it against what they saw before. */
export async function snapshot({ ask, baseId, peopleId, personIds, webhookId }: World): Promise<string> {
  const paths = [
    '/api/airtable/v0/meta/bases',
    `/api/airtable/v0/meta/bases/${baseId}/tables`,
    `/api/airtable/v0/${baseId}/People`,
    `/api/airtable/v0/${baseId}/Teams`,
    `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}/comments`,
    `/api/airtable/v0/bases/${baseId}/webhooks/${webhookId}/payloads`,
  ];
  const seen = await Promise.all(paths.map((path) => ask('GET', path)));
  return seen.map(({ status, text }) => `${status} ${text}`).join('\n');
}
