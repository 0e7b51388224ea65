import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../testing/temporary-airtable-gateway.ts';
import { makeTenantBase, type TenantBase, watchAll } from '../testing/tenant-base.ts';

let gateway: TemporaryAirtableGateway;
let own: TenantBase;
let other: TenantBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  [own, other] = await Promise.all([makeTenantBase(gateway, 'own'), makeTenantBase(gateway, 'foreign')]);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
});

const missingBase = 'appAAAAAAAAAAAAAA';
const missingRecord = 'recAAAAAAAAAAAAAA';

/** Every request with an id; `ids` are those of the other tenant or ids that do not exist. */
const attempts: [string, string, (ids: TenantBase) => { path: string; body?: unknown }][] = [
  ['the details of a base', 'GET', ({ baseId }) => ({ path: `/v0/meta/bases/${baseId}` })],
  ['the schema', 'GET', ({ baseId }) => ({ path: `/v0/meta/bases/${baseId}/tables` })],
  ['the schema on the plain path', 'GET', ({ baseId }) => ({ path: `/bases/${baseId}/schema` })],
  ['a list', 'GET', ({ baseId }) => ({ path: `/v0/${baseId}/People` })],
  ['a list by table id', 'GET', ({ baseId, people }) => ({ path: `/v0/${baseId}/${people}` })],
  [
    'a filtered list',
    'POST',
    ({ baseId, people }) => ({
      path: `/v0/${baseId}/${people}/listRecords`,
      body: { filterByFormula: "{Secret} != ''" },
    }),
  ],
  ['a record', 'GET', ({ baseId, people, person }) => ({ path: `/v0/${baseId}/${people}/${person}` })],
  [
    'creating a record',
    'POST',
    ({ baseId, people }) => ({ path: `/v0/${baseId}/${people}`, body: { fields: { Name: 'mine' } } }),
  ],
  [
    'changing a record',
    'PATCH',
    ({ baseId, people, person }) => ({
      path: `/v0/${baseId}/${people}/${person}`,
      body: { fields: { Name: 'mine' } },
    }),
  ],
  [
    'an upsert',
    'PATCH',
    ({ baseId, people }) => ({
      path: `/v0/${baseId}/${people}`,
      body: { performUpsert: { fieldsToMergeOn: ['Name'] }, records: [{ fields: { Name: 'Person 1' } }] },
    }),
  ],
  [
    'deleting a record',
    'DELETE',
    ({ baseId, people, person }) => ({ path: `/v0/${baseId}/${people}/${person}` }),
  ],
  [
    'adding a field',
    'POST',
    ({ baseId, people }) => ({
      path: `/v0/meta/bases/${baseId}/tables/${people}/fields`,
      body: { name: 'X', type: 'singleLineText' },
    }),
  ],
  [
    'renaming a table',
    'PATCH',
    ({ baseId, people }) => ({ path: `/v0/meta/bases/${baseId}/tables/${people}`, body: { name: 'Mine' } }),
  ],
  [
    'comments',
    'GET',
    ({ baseId, people, person }) => ({ path: `/v0/${baseId}/${people}/${person}/comments` }),
  ],
  [
    'commenting',
    'POST',
    ({ baseId, people, person }) => ({
      path: `/v0/${baseId}/${people}/${person}/comments`,
      body: { text: 'mine' },
    }),
  ],
  ['webhooks', 'GET', ({ baseId }) => ({ path: `/v0/bases/${baseId}/webhooks` })],
  [
    'creating a webhook',
    'POST',
    ({ baseId }) => ({ path: `/v0/bases/${baseId}/webhooks`, body: { specification: watchAll } }),
  ],
  ['payloads', 'GET', ({ baseId, hook }) => ({ path: `/v0/bases/${baseId}/webhooks/${hook}/payloads` })],
  [
    'refreshing a webhook',
    'POST',
    ({ baseId, hook }) => ({ path: `/v0/bases/${baseId}/webhooks/${hook}/refresh` }),
  ],
  [
    'turning pings off',
    'POST',
    ({ baseId, hook }) => ({
      path: `/v0/bases/${baseId}/webhooks/${hook}/enableNotifications`,
      body: { enable: false },
    }),
  ],
  ['deleting a webhook', 'DELETE', ({ baseId, hook }) => ({ path: `/v0/bases/${baseId}/webhooks/${hook}` })],
  ['a sync', 'POST', ({ baseId }) => ({ path: '/sync', body: { base_id: baseId } })],
];

describe("another tenant's base", () => {
  it.each(attempts)('responds to %s (%s) like a base that does not exist', async (_what, method, request) => {
    const foreign = request(other);
    const nowhere = request({
      ...other,
      baseId: missingBase,
      people: 'tblAAAAAAAAAAAAAA',
      person: missingRecord,
      hook: 'achAAAAAAAAAAAAAA',
    });
    const rejected = await gateway.call(own.user, method, foreign.path, foreign.body);
    const unknown = await gateway.call(own.user, method, nowhere.path, nowhere.body);
    expect(rejected.status).toBe(404);
    expect(rejected.status).toBe(unknown.status);
    if (foreign.path.startsWith('/v0')) expect(rejected.body).toEqual(unknown.body);
  });

  it('is unchanged afterwards', async () => {
    const list = await gateway.call(other.user, 'GET', `/v0/${other.baseId}/People`);
    expect(list.body.records.map(({ fields }: { fields: object }) => fields)).toEqual(
      Array.from({ length: 10 }, (_, index) => ({
        Name: `Person ${index}`,
        Secret: 'foreign',
        Team: [other.team],
      })),
    );
  });

  it('keeps its webhook and payloads', async () => {
    const hooks = await gateway.call(other.user, 'GET', `/v0/bases/${other.baseId}/webhooks`);
    expect(hooks.body.webhooks).toMatchObject([
      { id: other.hook, cursorForNextPayload: 3, areNotificationsEnabled: true },
    ]);
    const path = `/v0/bases/${other.baseId}/webhooks/${other.hook}/payloads`;
    expect((await gateway.call(other.user, 'GET', path)).body.payloads).toHaveLength(2);
  });

  it('appears in no list of bases and no sync log', async () => {
    for (const path of ['/v0/meta/bases', '/bases']) {
      const { body } = await gateway.call(own.user, 'GET', path);
      expect(body.bases.map(({ id }: { id: string }) => id)).toEqual([own.baseId]);
    }
    const logs = await gateway.call(own.user, 'GET', '/sync/logs');
    expect(logs.body).toMatchObject({ total: 1, logs: [{ base_id: own.baseId }] });
    const theirs = await gateway.call(other.user, 'GET', '/sync/logs');
    const path = `/sync/logs/${theirs.body.logs[0].sync_id}`;
    expect((await gateway.call(own.user, 'GET', path)).status).toBe(404);
  });
});

describe("another tenant's records", () => {
  it('cannot be read, changed or deleted by id in the own base', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { fields: { Name: 'mine' } }],
      ['DELETE', undefined],
    ] as const) {
      const path = `/v0/${own.baseId}/${own.people}/${other.person}`;
      expect(await gateway.call(own.user, method, path, body)).toMatchObject({
        status: 404,
        body: { error: 'NOT_FOUND' },
      });
    }
  });

  it('make a whole batch fail without a write', async () => {
    const batch = await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/People`, {
      records: [
        { id: own.person, fields: { Name: 'changed' } },
        { id: other.person, fields: { Name: 'changed' } },
      ],
    });
    expect(batch.status).toBe(404);
    const deletion = `/v0/${own.baseId}/People?records[]=${own.person}&records[]=${other.person}`;
    expect((await gateway.call(own.user, 'DELETE', deletion)).status).toBe(404);
    const { body } = await gateway.call(own.user, 'GET', `/v0/${own.baseId}/People/${own.person}`);
    expect(body.fields.Name).toBe('Person 0');
  });

  it('cannot be upserted by id', async () => {
    const response = await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ id: other.person, fields: { Name: 'mine' } }],
    });
    expect(response.status).toBe(404);
  });

  it('cannot be linked', async () => {
    const response = await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/People/${own.person}`, {
      fields: { Team: [other.team] },
    });
    expect(response).toMatchObject({ status: 422, body: { error: { type: 'ROW_DOES_NOT_EXIST' } } });
  });

  it('cannot be reached through a link to another tenant’s table', async () => {
    const path = `/v0/meta/bases/${own.baseId}/tables/${own.people}/fields`;
    const response = await gateway.call(own.user, 'POST', path, {
      name: 'Spy',
      type: 'multipleRecordLinks',
      options: { linkedTableId: other.teams },
    });
    expect(response.status).toBe(422);
  });

  it('are not found by any formula', async () => {
    const formula = encodeURIComponent(`OR({Secret} = 'foreign', RECORD_ID() = '${other.person}')`);
    const { body } = await gateway.call(
      own.user,
      'GET',
      `/v0/${own.baseId}/People?filterByFormula=${formula}`,
    );
    expect(body).toEqual({ records: [] });
  });
});

describe("another tenant's webhook", () => {
  const paths = (hook: string) =>
    [
      ['DELETE', `/${hook}`],
      ['POST', `/${hook}/refresh`],
      ['GET', `/${hook}/payloads`],
    ] as const;

  it('does not exist in the own base', async () => {
    for (const [method, path] of paths(other.hook))
      expect(
        await gateway.call(own.user, method, `/v0/bases/${own.baseId}/webhooks${path}`),
        method + path,
      ).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
  });

  it('reports no changes of the own base', async () => {
    const theirs = `/v0/bases/${other.baseId}/webhooks/${other.hook}/payloads`;
    const before = (await gateway.call(other.user, 'GET', theirs)).body;
    await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/${own.people}/${own.person}`, {
      fields: { Name: 'Person 0' },
    });
    expect((await gateway.call(other.user, 'GET', theirs)).body).toEqual(before);
    expect(JSON.stringify(before)).not.toContain(own.people);
  });
});

describe('a viewer', () => {
  it('can read but not write', async () => {
    const { tenant_id } = own.user.claims;
    const reader = await gateway.user({ tenant_id });
    gateway.authorities.set(reader.claims, { workspaces: [{ id: tenant_id, role: 'viewer' }] });
    const bases = await gateway.call(reader, 'GET', '/v0/meta/bases');
    expect(bases.body.bases).toMatchObject([{ id: own.baseId, permissionLevel: 'read' }]);
    const before = await gateway.call(reader, 'GET', `/v0/${own.baseId}/People`);
    for (const [what, method, request] of attempts) {
      if (method === 'GET' || what === 'a filtered list' || what === 'a sync') continue;
      const { path, body } = request(own);
      expect(await gateway.call(reader, method, path, body), what).toMatchObject({
        status: 403,
        body: { error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND' } },
      });
    }
    expect((await gateway.call(reader, 'GET', `/v0/${own.baseId}/People`)).body).toEqual(before.body);
  });
});
