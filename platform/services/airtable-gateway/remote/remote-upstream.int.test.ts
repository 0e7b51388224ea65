import Airtable from 'airtable';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

/** The embedded Airtable stands in for the real one: a peer over HTTP with the same protocol. */
let airtable: TemporaryAirtableGateway;
let gateway: ListeningGateway;
let owner: TestUser;
let stranger: TestUser;
let baseId: string;
let redis: Redis;
/** Method and path of the requests that reached the peer. */
const reached: string[] = [];

beforeAll(async () => {
  airtable = await startTemporaryAirtableGateway();
  owner = await airtable.user();
  stranger = await airtable.user();
  gateway = await airtable.another({
    AIRTABLE_UPSTREAM: 'airtable',
    AIRTABLE_API_URL: airtable.url,
    AIRTABLE_TOKEN: owner.token,
    AIRTABLE_TENANT_ID: owner.claims.tenant_id,
  });
  airtable.app.server.on('request', ({ method, url }) => reached.push(`${method} ${url?.split('?')[0]}`));
  redis = new Redis({ path: airtable.redisUrl.slice('unix://'.length) });
  const made = await gateway.call(owner, 'POST', '/v0/meta/bases', {
    name: 'Remote',
    workspaceId: 'default',
    tables: [
      {
        name: 'Things',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Size', type: 'number' },
        ],
      },
    ],
  });
  expect(made.status).toBe(200);
  baseId = made.body.id;
});
afterAll(async () => {
  redis?.disconnect();
  await airtable?.[Symbol.asyncDispose]();
});

describe('the real Airtable as upstream', () => {
  it("serves Airtable's own client through two gateways", async () => {
    const things = new Airtable({ apiKey: owner.token, endpointUrl: gateway.url }).base(baseId)('Things');
    const made = await things.create([
      { fields: { Name: 'a', Size: 1 } },
      { fields: { Name: 'b', Size: 2 } },
    ]);
    const found = await things.select({ filterByFormula: '{Size} > 1' }).all();
    expect(found.map(({ fields }) => fields)).toEqual([{ Name: 'b', Size: 2 }]);
    const [first] = made;
    expect((await things.update(first?.id ?? '', { Size: 5 })).fields).toEqual({ Name: 'a', Size: 5 });
    expect((await things.find(first?.id ?? '')).fields).toEqual({ Name: 'a', Size: 5 });
    await things.destroy(made.map(({ id }) => id));
    expect(await things.select().all()).toEqual([]);
  });

  it('serves repeated reads from the cache until a write', async () => {
    const list = () => gateway.call(owner, 'GET', `/v0/${baseId}/Things`);
    await list();
    reached.length = 0;
    expect((await list()).body).toEqual({ records: [] });
    expect(reached).toEqual([]);
    const made = await gateway.call(owner, 'POST', `/v0/${baseId}/Things`, { fields: { Name: 'fresh' } });
    expect((await list()).body.records).toMatchObject([{ id: made.body.id, fields: { Name: 'fresh' } }]);
    expect(reached).toEqual([`POST /v0/${baseId}/Things`, `POST /v0/${baseId}/Things/listRecords`]);
    const dropped = await gateway.call(owner, 'POST', '/cache/invalidate', { base_id: baseId });
    expect(dropped).toMatchObject({ status: 200, body: { invalidated: 1 } });
    reached.length = 0;
    await list();
    expect(reached).toEqual([`POST /v0/${baseId}/Things/listRecords`]);
  });

  it('does not cache a page with an offset', async () => {
    const body = (names: string[]) => ({ records: names.map((Name) => ({ fields: { Name } })) });
    await gateway.call(owner, 'POST', `/v0/${baseId}/Things`, body(['p', 'q', 'r']));
    const first = await gateway.call(owner, 'GET', `/v0/${baseId}/Things?pageSize=2`);
    expect(first.body.offset).toEqual(expect.any(String));
    reached.length = 0;
    await gateway.call(owner, 'GET', `/v0/${baseId}/Things?pageSize=2`);
    const next = `/v0/${baseId}/Things?pageSize=2&offset=${encodeURIComponent(first.body.offset)}`;
    expect((await gateway.call(owner, 'GET', next)).body.records.length).toBe(2);
    expect(reached.length).toBe(2);
  });

  it('forwards Airtable’s errors', async () => {
    expect(await gateway.call(owner, 'GET', `/v0/${baseId}/Nothing`)).toMatchObject({
      status: 404,
      body: { error: { type: 'TABLE_NOT_FOUND' } },
    });
    expect(
      await gateway.call(owner, 'GET', `/v0/${baseId}/Things?filterByFormula=${encodeURIComponent('1 +')}`),
    ).toMatchObject({ status: 422, body: { error: { type: 'INVALID_FILTER_BY_FORMULA' } } });
    expect(await gateway.call(owner, 'GET', `/v0/${baseId}/Things/recAAAAAAAAAAAAAA`)).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
  });

  it.each(['..', '.', '%2e%2e', '..%2f..%2fmeta%2fbases'])(
    'does not leave its path with %s',
    async (table) => {
      reached.length = 0;
      const response = await gateway.call(owner, 'GET', `/bases/${baseId}/tables/${table}/records`);
      expect(response.status).toBe(404);
      expect(reached.filter((line) => !line.includes(baseId))).toEqual([]);
    },
  );

  it('forwards webhooks and their payloads', async () => {
    const hooks = `/v0/bases/${baseId}/webhooks`;
    const specification = { options: { filters: { dataTypes: ['tableData'] } } };
    const made = await gateway.call(owner, 'POST', hooks, { specification, notificationUrl: null });
    expect(made).toMatchObject({ status: 200, body: { macSecretBase64: expect.any(String) } });
    const hook = `${hooks}/${made.body.id}`;
    const listed = await gateway.call(owner, 'GET', hooks);
    expect(listed.body).toEqual((await airtable.call(owner, 'GET', hooks)).body);
    expect(listed.body.webhooks).toMatchObject([{ id: made.body.id, specification }]);
    await gateway.call(owner, 'POST', `/v0/${baseId}/Things`, { fields: { Name: 'reported' } });
    const page = await gateway.call(owner, 'GET', `${hook}/payloads?cursor=1&limit=1`);
    expect(page).toMatchObject({
      status: 200,
      body: { cursor: 2, mightHaveMore: false, payloads: [{ payloadFormat: 'v0' }] },
    });
    expect(page.body).toEqual((await airtable.call(owner, 'GET', `${hook}/payloads`)).body);
    const off = await gateway.call(owner, 'POST', `${hook}/enableNotifications`, { enable: false });
    expect(off).toMatchObject({ status: 200, body: {} });
    expect((await gateway.call(owner, 'POST', `${hook}/refresh`)).body).toEqual({
      expirationTime: expect.any(String),
    });
    reached.length = 0;
    expect(await gateway.call(owner, 'DELETE', hook)).toMatchObject({ status: 200, body: {} });
    expect(await gateway.call(owner, 'DELETE', hook)).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
    expect(reached).toEqual([`DELETE ${hook}`, `DELETE ${hook}`]);
    const wrong = {
      options: { filters: { dataTypes: ['tableData'], recordChangeScope: 'tblNobodyHasThis0' } },
    };
    expect(await gateway.call(owner, 'POST', hooks, { specification: wrong })).toMatchObject({
      status: 422,
      body: { error: { type: 'INVALID_FILTERS' } },
    });
    const { tenant_id } = owner.claims;
    const reader = await airtable.user({ tenant_id });
    airtable.authorities.set(reader.claims, { workspaces: [{ id: tenant_id, role: 'viewer' }] });
    expect((await gateway.call(reader, 'POST', hooks, { specification })).status).toBe(403);
  });

  it('rejects all tenants except the owner of the account', async () => {
    for (const [method, path, body] of [
      ['GET', '/v0/meta/bases'],
      ['GET', `/v0/meta/bases/${baseId}/tables`],
      ['GET', `/v0/${baseId}/Things`],
      ['POST', `/v0/${baseId}/Things`, { fields: { Name: 'x' } }],
      ['GET', `/v0/bases/${baseId}/webhooks`],
      ['DELETE', `/v0/bases/${baseId}/webhooks/achAAAAAAAAAAAAAA`],
      ['GET', `/v0/bases/${baseId}/webhooks/achAAAAAAAAAAAAAA/payloads`],
    ] as const)
      expect(await gateway.call(stranger, method, path, body)).toMatchObject({
        status: 403,
        body: { error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND' } },
      });
  });

  it('responds with 429 and retry-after when Airtable has asked for a long pause', async () => {
    await redis.set(`airtable_rate_limit:pause:${baseId}`, '1', 'PX', 30_000);
    const response = await gateway.call(owner, 'GET', `/v0/${baseId}/Things?filterByFormula=99`);
    expect(response).toMatchObject({ status: 429, body: { error: { type: 'RATE_LIMIT_REACHED' } } });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(20);
    await redis.del(`airtable_rate_limit:pause:${baseId}`);
  });

  it('syncs a base into the metadata tables', async () => {
    const log = await gateway.call(owner, 'POST', '/sync', { base_id: baseId });
    expect(log).toMatchObject({
      status: 200,
      body: { sync_status: 'completed', records_processed: 3, records_created: 3 },
    });
  });
});

it('erases what is cached of a deleted tenant', async () => {
  await gateway.call(owner, 'GET', `/v0/meta/bases/${baseId}/tables`);
  const keys = () => redis.keys(`*${owner.claims.tenant_id}*`);
  expect((await keys()).length).toBeGreaterThan(0);
  const { tenant_id, user_id, email } = owner.claims;
  const response = await gateway.app.inject({
    method: 'POST',
    url: '/internal/erasures',
    headers: { 'x-internal-key': 'k'.repeat(32) },
    payload: { tenant_id, user_id, email, whole_tenant: true },
  });
  expect(response.json().erased).toBeGreaterThan(0);
  expect(await keys()).toEqual([]);
});
