import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

interface World {
  user: TestUser;
  baseId: string;
  people: string;
  teams: string;
  link: string;
  person: string;
  team: string;
  hook: string;
}

let gateway: TemporaryAirtableGateway;
let own: World;
let other: World;
let role: pg.Pool;

const watchAll = { options: { filters: { dataTypes: ['tableData', 'tableFields', 'tableMetadata'] } } };

/** The same base with the same data for every tenant; only the secret tells them apart. */
async function populate(secret: string): Promise<World> {
  const user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Same name',
    workspaceId: 'default',
    tables: [
      {
        name: 'People',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Secret', type: 'singleLineText' },
        ],
      },
      { name: 'Teams', fields: [{ name: 'Name', type: 'singleLineText' }] },
    ],
  });
  const { id: baseId, tables } = made.body;
  const [people, teams] = tables.map(({ id }: { id: string }) => id);
  const link = await gateway.call(user, 'POST', `/v0/meta/bases/${baseId}/tables/${people}/fields`, {
    name: 'Team',
    type: 'multipleRecordLinks',
    options: { linkedTableId: teams },
  });
  const team = await gateway.call(user, 'POST', `/v0/${baseId}/Teams`, { fields: { Name: 'Engines' } });
  const persons = await gateway.call(user, 'POST', `/v0/${baseId}/People`, {
    records: Array.from({ length: 10 }, (_, index) => ({
      fields: { Name: `Person ${index}`, Secret: secret, Team: [team.body.id] },
    })),
  });
  await gateway.call(user, 'POST', '/sync', { base_id: baseId, sync_type: 'full' });
  const hook = await gateway.call(user, 'POST', `/v0/bases/${baseId}/webhooks`, { specification: watchAll });
  await gateway.call(user, 'PATCH', `/v0/${baseId}/${people}/${persons.body.records[0].id}`, {
    fields: { Name: 'Person 00' },
  });
  await gateway.call(user, 'PATCH', `/v0/${baseId}/${people}/${persons.body.records[0].id}`, {
    fields: { Name: 'Person 0' },
  });
  return {
    user,
    baseId,
    people,
    teams,
    link: link.body.id,
    person: persons.body.records[0].id,
    team: team.body.id,
    hook: hook.body.id,
  };
}

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  [own, other] = await Promise.all([populate('own'), populate('foreign')]);
  role = new pg.Pool({ connectionString: gateway.stores.urlOf('airtable_gateway') });
});
afterAll(async () => {
  await role?.end();
  await gateway?.[Symbol.asyncDispose]();
});

const missingBase = 'appAAAAAAAAAAAAAA';
const missingRecord = 'recAAAAAAAAAAAAAA';

/** Every request that takes an id; `ids` fills in either the other tenant's or ones that nobody has. */
const attempts: [string, string, (ids: World) => { path: string; body?: unknown }][] = [
  ['the schema', 'GET', ({ baseId }) => ({ path: `/v0/meta/bases/${baseId}/tables` })],
  ['the schema in the old shape', 'GET', ({ baseId }) => ({ path: `/bases/${baseId}/schema` })],
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
  it.each(attempts)('answers %s (%s) like a base that does not exist', async (_what, method, request) => {
    const foreign = request(other);
    const nowhere = request({
      ...other,
      baseId: missingBase,
      people: 'tblAAAAAAAAAAAAAA',
      person: missingRecord,
      hook: 'achAAAAAAAAAAAAAA',
    });
    const refused = await gateway.call(own.user, method, foreign.path, foreign.body);
    const unknown = await gateway.call(own.user, method, nowhere.path, nowhere.body);
    expect(refused.status).toBe(404);
    expect(refused.status).toBe(unknown.status);
    if (foreign.path.startsWith('/v0')) expect(refused.body).toEqual(unknown.body);
  });

  it('is still whole afterwards', async () => {
    const list = await gateway.call(other.user, 'GET', `/v0/${other.baseId}/People`);
    expect(list.body.records.map(({ fields }: { fields: object }) => fields)).toEqual(
      Array.from({ length: 10 }, (_, index) => ({
        Name: `Person ${index}`,
        Secret: 'foreign',
        Team: [other.team],
      })),
    );
  });

  it('has its webhook and payloads as before', async () => {
    const hooks = await gateway.call(other.user, 'GET', `/v0/bases/${other.baseId}/webhooks`);
    expect(hooks.body.webhooks).toMatchObject([
      { id: other.hook, cursorForNextPayload: 3, areNotificationsEnabled: true },
    ]);
    const path = `/v0/bases/${other.baseId}/webhooks/${other.hook}/payloads`;
    expect((await gateway.call(other.user, 'GET', path)).body.payloads).toHaveLength(2);
  });

  it('is in no list of bases and no sync log', async () => {
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

describe("another tenant's records in the own base", () => {
  it('cannot be read, changed or deleted by id', async () => {
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

  it('fail a whole batch, of which nothing is written', async () => {
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
    const answer = await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ id: other.person, fields: { Name: 'mine' } }],
    });
    expect(answer.status).toBe(404);
  });

  it('cannot be linked to', async () => {
    const answer = await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/People/${own.person}`, {
      fields: { Team: [other.team] },
    });
    expect(answer).toMatchObject({ status: 422, body: { error: { type: 'ROW_DOES_NOT_EXIST' } } });
  });

  it('cannot be reached through a link to another tenant’s table', async () => {
    const path = `/v0/meta/bases/${own.baseId}/tables/${own.people}/fields`;
    const answer = await gateway.call(own.user, 'POST', path, {
      name: 'Spy',
      type: 'multipleRecordLinks',
      options: { linkedTableId: other.teams },
    });
    expect(answer.status).toBe(422);
  });

  it('are found by no formula', async () => {
    const formula = encodeURIComponent(`OR({Secret} = 'foreign', RECORD_ID() = '${other.person}')`);
    const { body } = await gateway.call(
      own.user,
      'GET',
      `/v0/${own.baseId}/People?filterByFormula=${formula}`,
    );
    expect(body).toEqual({ records: [] });
  });
});

describe('an offset', () => {
  async function firstPage(world: World, query = 'pageSize=4') {
    const { body } = await gateway.call(world.user, 'GET', `/v0/${world.baseId}/People?${query}`);
    expect(body.records.length).toBe(4);
    return String(body.offset);
  }
  const follow = (world: World, offset: string, query = 'pageSize=4') =>
    gateway.call(
      world.user,
      'GET',
      `/v0/${world.baseId}/People?${query}&offset=${encodeURIComponent(offset)}`,
    );
  const refusal = { status: 422, body: { error: { type: 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE' } } };

  it('leads to the next page of its own list', async () => {
    const { status, body } = await follow(own, await firstPage(own));
    expect(status).toBe(200);
    expect(body.records[0].fields.Name).toBe('Person 4');
  });

  it("of another tenant's list is refused", async () => {
    expect(await follow(own, await firstPage(other))).toMatchObject(refusal);
  });

  it('of another query is refused', async () => {
    const offset = await firstPage(own);
    expect(await follow(own, offset, 'pageSize=4&filterByFormula=1')).toMatchObject(refusal);
    expect(await follow(own, offset, 'pageSize=4&sort[0][field]=Name')).toMatchObject(refusal);
  });

  it.each(['', 'x', 'itr/0-0', 'itrAAAAAAAAAAAAAAAAAAAAAA/0-0', "' or 1=1 --", '0'])(
    'made up as %j is refused or, when empty, none',
    async (offset) => {
      const answer = await follow(own, offset);
      if (offset === '') expect(answer.status).toBe(200);
      else expect(answer).toMatchObject(refusal);
    },
  );

  it('with a changed position is refused', async () => {
    const offset = await firstPage(own);
    expect(await follow(own, offset.replace(/\d+-/, '0-'))).toMatchObject(refusal);
  });
});

describe("the service's own database role", () => {
  const tables = [
    'bases',
    'tables',
    'fields',
    'views',
    'records',
    'comments',
    'webhooks',
    'webhook_payloads',
  ];

  it.each(tables)('sees no row of airtable.%s without a tenant', async (table) => {
    const { rows } = await role.query(`select * from airtable.${table}`);
    expect(rows).toEqual([]);
  });

  it('sees and changes its tenant’s rows only', async () => {
    const client = await role.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', $1, true)", [own.user.claims.tenant_id]);
      const { rows } = await client.query('select distinct tenant_id from airtable.records');
      expect(rows).toEqual([{ tenant_id: own.user.claims.tenant_id }]);
      const changed = await client.query('update airtable.records set number = number + 1000 where id = $1', [
        other.person,
      ]);
      expect(changed.rowCount).toBe(0);
      const deleted = await client.query('delete from airtable.bases where id = $1', [other.baseId]);
      expect(deleted.rowCount).toBe(0);
      await expect(
        client.query(
          `insert into airtable.bases (id, tenant_id, workspace_id, name, created_by)
           values ('appBBBBBBBBBBBBBB', $1, 'w', 'n', $2)`,
          [other.user.claims.tenant_id, own.user.claims.user_id],
        ),
      ).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('is told nothing by tables that lack forced row-level security, for there are none', async () => {
    const { rows } = await role.query(
      `select relname from pg_class where relnamespace = 'airtable'::regnamespace and relkind = 'r'
       and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });
});

describe("another tenant's webhook", () => {
  const paths = (hook: string) =>
    [
      ['DELETE', `/${hook}`],
      ['POST', `/${hook}/refresh`],
      ['GET', `/${hook}/payloads`],
    ] as const;

  it('is not to be found in the own base', async () => {
    for (const [method, path] of paths(other.hook))
      expect(
        await gateway.call(own.user, method, `/v0/bases/${own.baseId}/webhooks${path}`),
        method + path,
      ).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
  });

  it('hears nothing of the own base', async () => {
    const theirs = `/v0/bases/${other.baseId}/webhooks/${other.hook}/payloads`;
    const before = (await gateway.call(other.user, 'GET', theirs)).body;
    await gateway.call(own.user, 'PATCH', `/v0/${own.baseId}/${own.people}/${own.person}`, {
      fields: { Name: 'Person 0' },
    });
    expect((await gateway.call(other.user, 'GET', theirs)).body).toEqual(before);
    expect(JSON.stringify(before)).not.toContain(own.people);
  });

  it('is claimed for pinging without a word of what it watches', async () => {
    const { rows, fields } = await role.query('select * from airtable.claim_notification(60, 4)');
    expect(rows).toEqual([]);
    expect(fields.map(({ name }) => name)).toEqual(['id', 'tenant_id', 'created_by', 'lease']);
  });
});

describe('comments', () => {
  const path = (world: World) => `/v0/${world.baseId}/People/${world.person}/comments`;

  it('are changed and deleted by their author only', async () => {
    const made = await gateway.call(own.user, 'POST', path(own), { text: 'First' });
    expect(made).toMatchObject({
      status: 200,
      body: { text: 'First', author: { id: own.user.claims.user_id }, lastUpdatedTime: null },
    });
    const colleague = await gateway.user({ tenant_id: own.user.claims.tenant_id });
    const comment = `${path(own)}/${made.body.id}`;
    expect((await gateway.call(colleague, 'PATCH', comment, { text: 'Mine' })).status).toBe(403);
    expect((await gateway.call(colleague, 'DELETE', comment)).status).toBe(403);
    expect((await gateway.call(other.user, 'PATCH', comment, { text: 'Mine' })).status).toBe(404);
    const reply = await gateway.call(colleague, 'POST', path(own), {
      text: 'Second',
      parentCommentId: made.body.id,
    });
    expect(reply.body.parentCommentId).toBe(made.body.id);
    const counted = await gateway.call(
      own.user,
      'GET',
      `/v0/${own.baseId}/People?maxRecords=2&recordMetadata[]=commentCount`,
    );
    expect(counted.body.records.map(({ commentCount }: { commentCount: number }) => commentCount)).toEqual([
      2, 0,
    ]);
    const first = await gateway.call(colleague, 'GET', `${path(own)}?pageSize=1`);
    const second = await gateway.call(
      colleague,
      'GET',
      `${path(own)}?pageSize=1&offset=${first.body.offset}`,
    );
    const texts = [first, second].map(({ body }) => body.comments[0].text);
    expect(texts.sort()).toEqual(['First', 'Second']);
    expect(second.body.offset).toBeNull();
    expect((await gateway.call(own.user, 'DELETE', comment)).body).toEqual({
      id: made.body.id,
      deleted: true,
    });
    expect((await gateway.call(own.user, 'GET', path(own))).body.comments).toEqual([]);
  });
});

describe('a user who may read only', () => {
  it('reads, and is refused every write', async () => {
    const reader = await gateway.user({ tenant_id: own.user.claims.tenant_id, role: 'readonly' });
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
