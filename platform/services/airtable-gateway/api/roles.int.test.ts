import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { type WorkspaceRole, workspaceRoles } from '../../../contracts/rights.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let admin: pg.Pool;
let tenant: string;
let workspace: string;
const members = {} as Record<WorkspaceRole, TestUser>;
/** Who must not learn that the base exists. */
let outsiders: Record<'removed' | 'other workspace' | 'other tenant', TestUser>;
let made: { baseId: string; tableId: string; fieldId: string; webhookId: string; syncId: string };

async function ok(user: TestUser, method: string, path: string, body?: unknown) {
  const response = await gateway.call(user, method, path, body);
  expect([200, 201], `${method} ${path} ${JSON.stringify(response.body)}`).toContain(response.status);
  return response.body;
}

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
  [tenant, workspace] = [randomUUID(), randomUUID()];
  const user = async (tenant_id: string, workspaces: { id: string; role: WorkspaceRole }[]) => {
    const one = await gateway.user({ tenant_id });
    const default_workspace_id = workspaces[0]?.id ?? null;
    gateway.authorities.set(one.claims, { default_workspace_id, workspaces });
    return one;
  };
  for (const role of workspaceRoles) members[role] = await user(tenant, [{ id: workspace, role }]);
  outsiders = {
    removed: await user(tenant, []),
    'other workspace': await user(tenant, [{ id: randomUUID(), role: 'owner' }]),
    'other tenant': await user(randomUUID(), [{ id: randomUUID(), role: 'owner' }]),
  };
  const { owner } = members;
  const base = await ok(owner, 'POST', '/v0/meta/bases', definition);
  const [table] = base.tables;
  const webhook = await ok(owner, 'POST', `/v0/bases/${base.id}/webhooks`, newWebhook);
  const sync = await ok(owner, 'POST', '/sync', { base_id: base.id });
  made = {
    baseId: base.id,
    tableId: table.id,
    fieldId: table.fields[0].id,
    webhookId: webhook.id,
    syncId: sync.sync_id,
  };
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

const table = { name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] };
const definition = { name: 'Work', tables: [table] };
const newWebhook = { specification: { options: { filters: { dataTypes: ['tableData'] } } } };
const text = { text: 'Hello' };
const fields = { Name: 'Ada' };

/** Objects for one request. What it changes is new, so requests do not depend on each other. */
type Objects = typeof made & { recordId: string; commentId: string; spareBaseId: string };
interface Access {
  /** The lowest role that may use the route. */
  lowest: WorkspaceRole;
  body?: (objects: Objects) => unknown;
  query?: (objects: Objects) => string;
}

/** What the issue demands, written by hand and apart from the contract. */
const routes: Record<string, Access> = {
  getBase: { lowest: 'viewer' },
  listTables: { lowest: 'viewer' },
  listRecords: { lowest: 'viewer' },
  listRecordsByPost: { lowest: 'viewer', body: () => ({}) },
  getRecord: { lowest: 'viewer' },
  listComments: { lowest: 'viewer' },
  listWebhooks: { lowest: 'viewer' },
  listWebhookPayloads: { lowest: 'viewer' },
  schema: { lowest: 'viewer' },
  tables: { lowest: 'viewer' },
  records: { lowest: 'viewer' },
  record: { lowest: 'viewer' },
  syncLog: { lowest: 'viewer' },
  createComment: { lowest: 'commenter', body: () => text },
  changeComment: { lowest: 'commenter', body: () => text },
  deleteComment: { lowest: 'commenter' },
  createRecords: { lowest: 'editor', body: () => ({ fields }) },
  updateRecords: { lowest: 'editor', body: ({ recordId }) => ({ records: [{ id: recordId, fields }] }) },
  replaceRecords: { lowest: 'editor', body: ({ recordId }) => ({ records: [{ id: recordId, fields }] }) },
  deleteRecords: { lowest: 'editor', query: ({ recordId }) => `?records[]=${recordId}` },
  updateRecord: { lowest: 'editor', body: () => ({ fields }) },
  replaceRecord: { lowest: 'editor', body: () => ({ fields }) },
  deleteRecord: { lowest: 'editor' },
  addRecord: { lowest: 'editor', body: () => fields },
  addRecords: { lowest: 'editor', body: () => [fields] },
  changeRecord: { lowest: 'editor', body: () => fields },
  removeRecord: { lowest: 'editor' },
  sync: { lowest: 'editor', body: ({ baseId }) => ({ base_id: baseId }) },
  invalidateCache: { lowest: 'editor', body: ({ baseId }) => ({ base_id: baseId }) },
  createBase: { lowest: 'admin', body: () => ({ ...definition, workspaceId: workspace }) },
  createTable: { lowest: 'admin', body: () => ({ ...table, name: randomUUID() }) },
  addTable: { lowest: 'admin', body: () => ({ ...table, name: randomUUID() }) },
  changeTable: { lowest: 'admin', body: () => ({ description: randomUUID() }) },
  createField: { lowest: 'admin', body: () => ({ name: randomUUID(), type: 'singleLineText' }) },
  changeField: { lowest: 'admin', body: () => ({ description: randomUUID() }) },
  createWebhook: { lowest: 'admin', body: () => newWebhook },
  enableWebhookNotifications: { lowest: 'admin', body: () => ({ enable: false }) },
  refreshWebhook: { lowest: 'admin' },
  deleteWebhook: { lowest: 'admin' },
  deleteBase: { lowest: 'admin' },
};
const lists = ['listBases', 'bases', 'syncLogs'];

const specOf = (name: string) => (airtableGateway.routes as Record<string, RouteSpec>)[name] as RouteSpec;
const mayUse = (role: WorkspaceRole, { lowest }: Access) =>
  workspaceRoles.indexOf(role) <= workspaceRoles.indexOf(lowest);

/** New objects: the comment is by the author, who may change it. */
async function newObjects(author: TestUser): Promise<Objects> {
  const { owner } = members;
  const records = `/v0/${made.baseId}/${made.tableId}`;
  const { id: recordId } = await ok(owner, 'POST', records, { fields: { Name: 'New' } });
  const comment = await ok(author, 'POST', `${records}/${recordId}/comments`, text);
  const hooks = `/v0/bases/${made.baseId}/webhooks`;
  const { webhooks } = await ok(owner, 'GET', hooks);
  for (const { id } of webhooks.slice(0, -1)) await ok(owner, 'DELETE', `${hooks}/${id}`);
  const webhookId = (await ok(owner, 'POST', hooks, newWebhook)).id;
  const spare = await ok(owner, 'POST', '/v0/meta/bases', definition);
  return { ...made, recordId, commentId: comment.id, webhookId, spareBaseId: spare.id };
}

function send(user: TestUser | undefined, name: string, objects: Objects) {
  const { method, path } = specOf(name);
  const { body, query } = routes[name] as Access;
  const baseId = name === 'deleteBase' ? objects.spareBaseId : objects.baseId;
  const values = { ...objects, baseId, tableIdOrName: objects.tableId } as Record<string, string>;
  const filled = path.replaceAll(/:(\w+)/g, (_all, part: string) => values[part] ?? `no ${part}`);
  return gateway.call(user, method, filled + (query?.(objects) ?? ''), body?.(objects));
}

/** Everything that the service stores, without the names of those who have written. */
async function everything(): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'airtable'::regnamespace and relkind = 'r'
     and relname <> 'collaborators' order by relname`,
  );
  const parts = tables.map(
    ({ name }) => `select '${name}' as name, jsonb_agg(t order by t::text) as rows from airtable.${name} t`,
  );
  return JSON.stringify((await admin.query(parts.join(' union all '))).rows);
}

it('are listed for every route that names a base', () => {
  const users = Object.entries(airtableGateway.routes as Record<string, RouteSpec>)
    .filter(([, { access, needs }]) => access === 'user' && needs !== 'self')
    .map(([name]) => name);
  expect([...Object.keys(routes), ...lists].sort()).toEqual(users.sort());
});

describe.each(Object.keys(routes))('%s', (name) => {
  const access = routes[name] as Access;

  it('works for the roles that have the right', async () => {
    for (const role of workspaceRoles.filter((one) => mayUse(one, access))) {
      const author = role === 'viewer' ? members.owner : members[role];
      const response = await send(members[role], name, await newObjects(author));
      expect([200, 201], `${role} ${JSON.stringify(response.body)}`).toContain(response.status);
    }
  });

  it('is rejected for all others, and changes nothing', async () => {
    const objects = await newObjects(members.owner);
    const before = await everything();
    for (const role of workspaceRoles.filter((one) => !mayUse(one, access))) {
      const { status, body } = await send(members[role], name, objects);
      expect([role, status, JSON.stringify(body)]).toEqual([
        role,
        403,
        expect.stringContaining(`needs the role ${access.lowest} in the workspace; yours is ${role}`),
      ]);
    }
    const hidden = name === 'createBase' ? 403 : 404;
    for (const [who, user] of Object.entries(outsiders))
      expect([who, (await send(user, name, objects)).status]).toEqual([who, hidden]);
    expect((await send(undefined, name, objects)).status).toBe(401);
    expect(await everything()).toBe(before);
  });
});

describe('lists', () => {
  it('show the bases of the own workspaces with the permission level of the role', async () => {
    const levels = { owner: 'create', admin: 'create', editor: 'edit', commenter: 'comment', viewer: 'read' };
    for (const [role, permissionLevel] of Object.entries(levels)) {
      const { bases } = await ok(members[role as WorkspaceRole], 'GET', '/v0/meta/bases');
      expect(bases).toContainEqual({ id: made.baseId, name: 'Work', permissionLevel });
      const plain = await ok(members[role as WorkspaceRole], 'GET', '/bases');
      expect(plain.bases).toContainEqual({
        id: made.baseId,
        name: 'Work',
        permission_level: permissionLevel,
      });
    }
  });

  it('are empty for others', async () => {
    for (const user of Object.values(outsiders)) {
      expect(await ok(user, 'GET', '/v0/meta/bases')).toEqual({ bases: [] });
      expect(await ok(user, 'GET', '/bases')).toEqual({ bases: [] });
      expect(await ok(user, 'GET', '/sync/logs')).toMatchObject({ logs: [], total: 0 });
    }
    expect((await ok(members.viewer, 'GET', '/sync/logs')).total).toBeGreaterThan(0);
  });
});

describe('a user who loses a role', () => {
  it('is rejected with the next request', async () => {
    const user = await gateway.user({ tenant_id: tenant });
    const set = (role: WorkspaceRole | undefined) =>
      gateway.authorities.set(user.claims, { workspaces: role ? [{ id: workspace, role }] : [] });
    const write = () => gateway.call(user, 'POST', `/v0/${made.baseId}/People`, { fields });
    set('editor');
    expect((await write()).status).toBe(200);
    set('viewer');
    expect((await write()).status).toBe(403);
    set(undefined);
    expect((await write()).status).toBe(404);
    gateway.authorities.set(user.claims, { is_active: false });
    expect((await write()).status).toBe(401);
  });
});

it('a record that a service may not delete any more for its user is not taken for deleted', async () => {
  const outsider = (undoes: { undoes?: true }) =>
    gateway.user({ tenant_id: tenant, act: { sub: 'saga-service' }, scope: 'data.records:write', ...undoes });
  const objects = await newObjects(members.owner);
  const missing = { ...objects, baseId: 'appAAAAAAAAAAAAAA' };
  for (const name of ['deleteRecord', 'removeRecord', 'deleteRecords']) {
    const [undoing, acting] = [await outsider({ undoes: true }), await outsider({})];
    for (const user of [undoing, acting]) gateway.authorities.set(user.claims, { workspaces: [] });
    const status = async (user: TestUser, named: Objects) => (await send(user, name, named)).status;
    expect([name, await status(undoing, objects), await status(acting, objects)]).toEqual([name, 403, 404]);
    expect([name, await status(undoing, missing)]).toEqual([name, 404]);
  }
});

it('the bases of a workspace are counted once each', async () => {
  const { rows } = await admin.query('select 1 from airtable.bases where workspace_id = $1', [workspace]);
  const contents = async (id: string) => {
    const url = `/internal/workspaces/${id}/contents`;
    const payload = { tenant_id: tenant, member_ids: [] };
    const headers = { 'x-internal-key': 'k'.repeat(32) };
    return (await gateway.app.inject({ method: 'POST', url, headers, payload })).json();
  };
  expect(rows.length).toBeGreaterThan(0);
  expect(await contents(workspace)).toEqual({ contents: { bases: rows.length } });
  expect(await contents(randomUUID())).toEqual({ contents: { bases: 0 } });
});

describe('a new base', () => {
  it.each([
    ['the id of a workspace', () => workspace],
    ['no id', () => undefined],
    ['default', () => 'default'],
  ])('belongs to the workspace that %s names', async (_what, workspaceId) => {
    const { id } = await ok(members.admin, 'POST', '/v0/meta/bases', {
      ...definition,
      workspaceId: workspaceId(),
    });
    const { rows } = await admin.query('select workspace_id from airtable.bases where id = $1', [id]);
    expect(rows).toEqual([{ workspace_id: workspace }]);
  });

  it('is not created in an unknown workspace', async () => {
    for (const workspaceId of [randomUUID(), 'wspAAAAAAAAAAAAAA', 'sales'])
      expect(
        await gateway.call(members.owner, 'POST', '/v0/meta/bases', { ...definition, workspaceId }),
      ).toMatchObject({ status: 403, body: { error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND' } } });
  });
});
