import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';
import { makeTenantBase, type TenantBase } from '../testing/tenant-base.ts';

let gateway: TemporaryAirtableGateway;
/** Stores the keys of small tables too. */
let indexing: ListeningGateway;
let admin: pg.Pool;
beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  indexing = await gateway.another({ RECORD_INDEX_FROM: '1' });
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

const remove = (user: TestUser, baseId: string, through: ListeningGateway = gateway) =>
  through.call(user, 'DELETE', `/v0/meta/bases/${baseId}`);

async function internal(method: 'POST' | 'PUT', url: string, payload: object) {
  const headers = { 'x-internal-key': 'k'.repeat(32) };
  const response = await gateway.app.inject({ method, url, headers, payload });
  expect([200, 204]).toContain(response.statusCode);
  return response.json();
}

/** A base with something in every table that refers to one. */
async function makeFullBase(): Promise<TenantBase> {
  const made = await makeTenantBase(gateway, randomUUID());
  const { user, baseId, people, person } = made;
  const comments = `/v0/${baseId}/${people}/${person}/comments`;
  expect((await gateway.call(user, 'POST', comments, { text: 'Hello' })).status).toBe(200);
  await watch(user, baseId);
  await gateway.call(user, 'PATCH', `/v0/${baseId}/${people}/${person}`, { fields: { Name: 'Person 000' } });
  const fields = `/v0/meta/bases/${baseId}/tables/${people}/fields`;
  const age = { name: 'Age', type: 'number', options: { precision: 0 } };
  expect((await gateway.call(user, 'POST', fields, age)).status).toBe(200);
  for (const field of ['Name', 'Age'])
    expect((await indexing.call(user, 'GET', `/v0/${baseId}/${people}?sort[0][field]=${field}`)).status).toBe(
      200,
    );
  await indexing.indexes?.idle();
  return made;
}

async function watch({ claims }: TestUser, base_id: string): Promise<void> {
  const { path, method } = airtableGateway.routes.setRecordWatches;
  await internal(method, path, { tenant_id: claims.tenant_id, bases: [{ base_id }] });
}

/** Rows of a tenant by table, without those that do not belong to a base. */
async function rowsOf({ claims }: TestUser): Promise<Record<string, number>> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relnamespace = 'airtable'::regnamespace and c.relkind = 'r'
       and c.relname not in ('collaborators', 'airtable_workspaces') and c.relname not like 'idempotency%'
     order by c.relname`,
  );
  const counts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await admin.query(
        `select count(*)::integer as count from airtable.${name} where tenant_id = $1`,
        [claims.tenant_id],
      );
      return [name, rows[0].count] as const;
    }),
  );
  return Object.fromEntries(counts);
}

async function basesHeld({ claims }: TestUser): Promise<number> {
  // In tests the workspace of a tenant has the tenant's id.
  const id = claims.tenant_id;
  const body = { tenant_id: id, member_ids: [] };
  return (await internal('POST', `/internal/workspaces/${id}/contents`, body)).contents.bases;
}

describe('a base that is deleted', () => {
  it('takes everything in it along, and nothing of others', async () => {
    const [one, other] = [await makeFullBase(), await makeFullBase()];
    const [before, ofOther] = [await rowsOf(one.user), await rowsOf(other.user)];
    const empty = Object.entries(before).flatMap(([name, count]) => (count > 0 ? [] : [name]));
    expect(empty).toEqual([]);
    expect(await basesHeld(one.user)).toBe(1);
    expect(await remove(one.user, one.baseId)).toMatchObject({
      status: 200,
      body: { id: one.baseId, deleted: true },
    });
    expect(new Set(Object.values(await rowsOf(one.user)))).toEqual(new Set([0]));
    expect(await rowsOf(other.user)).toEqual(ofOther);
    expect([await basesHeld(one.user), await basesHeld(other.user)]).toEqual([0, 1]);
  });

  it('does not exist any more, also for another process that has served it', async () => {
    const another = await gateway.another({});
    const { user, baseId, people, person, hook } = await makeTenantBase(gateway, 'gone');
    const paths = [
      `/v0/meta/bases/${baseId}`,
      `/v0/meta/bases/${baseId}/tables`,
      `/v0/${baseId}/${people}`,
      `/v0/${baseId}/${people}/${person}`,
      `/v0/bases/${baseId}/webhooks`,
      `/v0/bases/${baseId}/webhooks/${hook}/payloads`,
    ];
    const statuses = async (through: ListeningGateway) =>
      Promise.all(paths.map(async (path) => (await through.call(user, 'GET', path)).status));
    expect(await statuses(another)).toEqual(paths.map(() => 200));
    expect((await remove(user, baseId)).status).toBe(200);
    for (const through of [gateway, another]) {
      expect(await statuses(through)).toEqual(paths.map(() => 404));
      expect((await through.call(user, 'GET', '/v0/meta/bases')).body).toEqual({ bases: [] });
      expect(await remove(user, baseId, through)).toMatchObject({
        status: 404,
        body: { error: 'NOT_FOUND' },
      });
    }
  });

  it('is found by no token that was limited to it', async () => {
    const { user, baseId, people } = await makeTenantBase(gateway, 'limited');
    const { user_id, sub, tenant_id } = user.claims;
    const limited = await gateway.user({
      ...{ user_id, sub, tenant_id },
      scope: 'data.records:read schema.bases:read schema.bases:write',
      resources: { bases: [baseId], workspaces: [] },
    });
    expect((await gateway.call(limited, 'GET', '/v0/meta/bases')).body.bases).toHaveLength(1);
    expect((await remove(limited, baseId)).status).toBe(200);
    expect(await gateway.call(limited, 'GET', '/v0/meta/bases')).toMatchObject({
      status: 200,
      body: { bases: [] },
    });
    expect((await gateway.call(limited, 'GET', `/v0/${baseId}/${people}`)).status).toBe(403);
  });

  it.each([
    ['records', (made: TenantBase) => [`/v0/${made.baseId}/People`, { fields: { Name: 'Late' } }] as const],
    ['a sync', (made: TenantBase) => ['/sync', { base_id: made.baseId }] as const],
    [
      'comments',
      (made: TenantBase) =>
        [`/v0/${made.baseId}/${made.people}/${made.person}/comments`, { text: 'Late' }] as const,
    ],
  ])('leaves nothing behind of %s that are written at the same time', async (_what, request) => {
    const made = await makeTenantBase(gateway, 'busy');
    const [path, body] = request(made);
    const writes = Array.from({ length: 8 }, () => gateway.call(made.user, 'POST', path, body));
    const [removed, ...written] = await Promise.all([remove(made.user, made.baseId), ...writes]);
    expect(removed.status).toBe(200);
    for (const { status } of written) expect([200, 201, 404, 409]).toContain(status);
    expect(new Set(Object.values(await rowsOf(made.user)))).toEqual(new Set([0]));
    expect(await basesHeld(made.user)).toBe(0);
  });

  it('waits for a sync that is half written', async () => {
    const { user, baseId } = await makeTenantBase(gateway, 'half');
    const sync = () => gateway.call(user, 'POST', '/sync', { base_id: baseId, sync_type: 'full' });
    expect((await sync()).status).toBe(200);
    const blocker = await admin.connect();
    try {
      await blocker.query('begin');
      await blocker.query(
        `select from airtable.airtable_field_mappings where base_id = $1 order by table_id desc limit 1 for update`,
        [baseId],
      );
      const syncing = sync();
      await blockedStatements(1);
      const removing = remove(user, baseId);
      await blockedStatements(2);
      await blocker.query('commit');
      const [synced, removed] = await Promise.all([syncing, removing]);
      expect([synced.body.sync_status, removed.status]).toEqual(['completed', 200]);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    expect(new Set(Object.values(await rowsOf(user)))).toEqual(new Set([0]));
  });
});

/** Waits until so many statements of the service wait for a lock. */
function blockedStatements(count: number): Promise<void> {
  return vi.waitFor(async () => {
    const { rows } = await admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows.length).toBe(count);
  });
}

it.each(['appAAAAAAAAAAAAAA', 'tblAAAAAAAAAAAAAA', 'app', '%00'])(
  'a base %s cannot be deleted',
  async (id) => {
    expect((await remove(await gateway.user(), id)).status).toBe(404);
  },
);

it('a base of the real Airtable is deleted there, and its metadata here', async () => {
  const { user, baseId } = await makeTenantBase(gateway, 'remote');
  const remote = await gateway.another({
    AIRTABLE_UPSTREAM: 'airtable',
    AIRTABLE_API_URL: gateway.url,
    AIRTABLE_TOKEN: user.token,
    AIRTABLE_TENANT_ID: user.claims.tenant_id,
  });
  gateway.authorities.set(user.claims, { tenant_workspace_id: user.claims.tenant_id });
  expect((await remote.call(user, 'GET', '/v0/meta/bases')).body.bases).toHaveLength(1);
  expect(await remove(user, baseId, remote)).toMatchObject({
    status: 200,
    body: { id: baseId, deleted: true },
  });
  expect((await remote.call(user, 'GET', '/v0/meta/bases')).body).toEqual({ bases: [] });
  expect((await remove(user, baseId, remote)).status).toBe(404);
  expect(new Set(Object.values(await rowsOf(user)))).toEqual(new Set([0]));
});
