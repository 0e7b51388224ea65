import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import { toAirtableWorkspaceId } from '../../../contracts/airtable-gateway/workspace-id.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import { airtableScopes, type TokenResources } from '../../../contracts/token-scope.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let owner: TestUser;
/** Ids of two workspaces of the owner. */
const [sales, finance] = [randomUUID(), randomUUID()];
let own: { id: string; tables: { id: string }[] };
let other: { id: string; tables: { id: string }[] };

const definition = (name: string, workspaceId: string) => ({
  name,
  workspaceId,
  tables: [{ name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] }],
});

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  owner = await gateway.user();
  gateway.authorities.set(owner.claims, {
    default_workspace_id: sales,
    workspaces: [sales, finance].map((id) => ({ id, role: 'owner' })),
  });
  const make = async (name: string, workspace: string) =>
    (await gateway.call(owner, 'POST', '/v0/meta/bases', definition(name, workspace))).body;
  own = await make('Own', sales);
  other = await make('Other', finance);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
});

const all = airtableScopes.join(' ');

/** A user with a token of these rights, in the owner's account. */
function holder(scope: string, resources?: Partial<TokenResources>): Promise<TestUser> {
  const { user_id, sub, tenant_id, email } = owner.claims;
  return gateway.user({
    ...{ user_id, sub, tenant_id, email, scope },
    ...(resources && { resources: { bases: [], workspaces: [], ...resources } }),
  });
}

const noPermission = {
  error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND', message: expect.any(String) },
};
const records = (base: { id: string }) => `/v0/${base.id}/People`;
const namesOf = (response: { body: { bases: { name: string }[] } }) =>
  response.body.bases.map(({ name }) => name).sort();

it('limits a token to its scopes, with Airtable’s error', async () => {
  const reader = await holder('data.records:read');
  expect((await gateway.call(reader, 'GET', records(own))).status).toBe(200);
  const written = await gateway.call(reader, 'POST', records(own), { fields: { Name: 'Ada' } });
  expect([written.status, written.body]).toEqual([403, noPermission]);
  expect(written.headers.get('www-authenticate')).toContain('scope="data.records:write"');
  for (const path of ['/v0/meta/bases', '/bases', `/v0/meta/bases/${own.id}/tables`, '/sync/logs'])
    expect((await gateway.call(reader, 'GET', path)).status).toBe(403);
});

it('shows a token the user’s id in Airtable’s format, its scopes, and the email only with its scope', async () => {
  const whoami = async (scope: string) =>
    (await gateway.call(await holder(scope), 'GET', '/v0/meta/whoami')).body;
  const id = toAirtableUserId(owner.claims.user_id);
  expect(await whoami('data.records:read')).toEqual({ id, scopes: ['data.records:read'] });
  const { email } = owner.claims;
  expect(await whoami('user.email:read')).toEqual({ id, email, scopes: ['user.email:read'] });
});

describe.each([
  ['a base', () => ({ bases: [own.id] })],
  ['a workspace', () => ({ workspaces: [sales] })],
  ['a workspace by its id in Airtable’s format', () => ({ workspaces: [toAirtableWorkspaceId(sales)] })],
])('a token limited to %s', (_what, resources) => {
  let limited: TestUser;
  beforeAll(async () => {
    limited = await holder(all, resources());
  });

  it('lists only what it reaches', async () => {
    for (const path of ['/v0/meta/bases', '/bases'])
      expect(namesOf(await gateway.call(limited, 'GET', path))).toEqual(['Own']);
    const session = await gateway.call(owner, 'GET', '/v0/meta/bases');
    expect(namesOf(session)).toEqual(expect.arrayContaining(['Other', 'Own']));
  });

  it('reads and writes its base', async () => {
    const made = await gateway.call(limited, 'POST', records(own), { fields: { Name: 'Ada' } });
    expect(made.status).toBe(200);
    const comment = `${records(own)}/${made.body.id}/comments`;
    expect((await gateway.call(limited, 'POST', comment, { text: 'Hello' })).status).toBe(200);
    expect((await gateway.call(limited, 'GET', `/v0/bases/${own.id}/webhooks`)).status).toBe(200);
    expect((await gateway.call(limited, 'GET', `/bases/${own.id}/schema`)).status).toBe(200);
  });

  it('is rejected for a base that does not exist like for one of others', async () => {
    const [missing, foreign] = await Promise.all(
      ['appAAAAAAAAAAAAAA', other.id].map((id) => gateway.call(limited, 'GET', records({ id }))),
    );
    expect([foreign?.status, foreign?.body]).toEqual([403, noPermission]);
    expect([missing?.status, missing?.body]).toEqual([403, noPermission]);
  });
});

it('creates bases only in a workspace of the token', async () => {
  const create = async (resources: Partial<TokenResources>, workspace: string) =>
    (await gateway.call(await holder(all, resources), 'POST', '/v0/meta/bases', definition('New', workspace)))
      .status;
  expect(await create({ workspaces: [sales] }, sales)).toBe(200);
  expect(await create({ workspaces: [toAirtableWorkspaceId(sales)] }, 'default')).toBe(200);
  expect(await create({ workspaces: [sales] }, finance)).toBe(403);
  expect(await create({ bases: [own.id] }, sales)).toBe(403);
});

/** Valid bodies and queries of routes whose contract has no example. */
const inputs: Record<string, { body?: unknown; query?: string }> = {
  changeTable: { body: {} },
  changeField: { body: {} },
  createRecords: { body: { fields: {} } },
  updateRecords: { body: { records: [{ id: 'recAAAAAAAAAAAAAA', fields: {} }] } },
  replaceRecords: { body: { records: [{ id: 'recAAAAAAAAAAAAAA', fields: {} }] } },
  updateRecord: { body: { fields: {} } },
  replaceRecord: { body: { fields: {} } },
  deleteRecords: { query: '?records[]=recAAAAAAAAAAAAAA' },
  listRecordsByPost: { body: {} },
  createWebhook: {
    body: { specification: { options: { filters: { dataTypes: ['tableData'] } } } },
  },
  enableWebhookNotifications: { body: { enable: true } },
  addTable: { body: definition('', 'x').tables[0] },
  changeRecord: { body: {} },
};

const ofBases = Object.entries(airtableGateway.routes as Record<string, RouteSpec>).filter(
  ([, { path, scope }]) => path.includes(':baseId') && scope !== undefined,
);

it.each(ofBases)('rejects a token of another base on %s', async (name, route) => {
  const limited = await holder(all, { bases: [own.id] });
  const { body = route.bodyExample, query = '' } = inputs[name] ?? {};
  const path = route.path
    .replace(':baseId', other.id)
    .replace(/:tableId(OrName)?/, other.tables[0]?.id ?? '')
    .replaceAll(/:\w+/g, 'recAAAAAAAAAAAAAA');
  const response = await gateway.call(limited, route.method, path + query, body);
  expect([response.status, JSON.stringify(response.body)]).toEqual([
    403,
    expect.stringContaining('ermission'),
  ]);
});

it('declares a scope on every route with a base', () => {
  const routes = Object.values(airtableGateway.routes as Record<string, RouteSpec>);
  expect(routes.filter(({ path }) => path.includes(':baseId'))).toHaveLength(ofBases.length);
});
