import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAirtableUserId } from '../../../../contracts/airtable-gateway/user-id.ts';
import { type DirectoryPeer, startDirectoryPeer } from '../../testing/directory-peer.ts';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';

let stores: TemporaryAirtableGateway;
let gateway: ListeningGateway;
let directory: DirectoryPeer;
let [ada, bob, cleo, eve]: TestUser[] = [];
let baseId: string;
let tables: Record<string, string>;

const shown = ({ claims }: TestUser) => ({
  id: toAirtableUserId(claims.user_id),
  email: claims.email,
  name: claims.name,
});

async function ok(user: TestUser, method: string, path: string, body?: unknown) {
  const response = await gateway.call(user, method, path, body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

const people = [
  { name: 'Lead', type: 'singleCollaborator', options: { shouldNotify: false } },
  { name: 'Crew', type: 'multipleCollaborators' },
  { name: 'Maker', type: 'createdBy' },
  { name: 'Editor', type: 'lastModifiedBy' },
  { name: 'Namer', type: 'lastModifiedBy', options: { referencedFieldIds: ['Name'] } },
];

const create = (fields: object, options: object = {}, user = ada as TestUser) =>
  ok(user, 'POST', `/v0/${baseId}/Tasks`, { fields, ...options });

beforeAll(async () => {
  stores = await startTemporaryAirtableGateway();
  ada = await stores.user({ name: 'Ada Lovelace' });
  const { tenant_id } = ada.claims;
  bob = await stores.user({ tenant_id, name: 'Bob' });
  cleo = await stores.user({ tenant_id, name: 'Cleo' });
  eve = await stores.user({ name: 'Eve' });
  directory = await startDirectoryPeer([ada, bob, cleo, eve], stores.authorities);
  gateway = await stores.another({ PLATFORM_SERVICES_URL: directory.url });
  const made = await ok(ada, 'POST', '/v0/meta/bases', {
    name: 'Work',
    workspaceId: 'default',
    tables: [
      { name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }, ...people] },
      { name: 'Projects', fields: [{ name: 'Title', type: 'singleLineText' }] },
    ],
  });
  baseId = made.id;
  tables = Object.fromEntries(made.tables.map(({ id, name }: { id: string; name: string }) => [name, id]));
});
afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});

describe('fields of users', () => {
  it('show who created and who changed a record and a watched field', async () => {
    const { id, fields } = await create({ Name: 'Engine' });
    const [first, second] = [shown(ada as TestUser), shown(bob as TestUser)];
    expect(fields).toEqual({ Name: 'Engine', Maker: first, Editor: first, Namer: first });
    const path = `/v0/${baseId}/Tasks/${id}`;
    const led = await ok(bob as TestUser, 'PATCH', path, { fields: { Lead: { id: second.id } } });
    expect(led.fields).toMatchObject({ Lead: second, Maker: first, Editor: second, Namer: first });
    const renamed = await ok(bob as TestUser, 'PATCH', path, { fields: { Name: 'Machine' } });
    expect(renamed.fields).toMatchObject({ Maker: first, Editor: second, Namer: second });
    const again = await ok(ada as TestUser, 'PATCH', path, { fields: { Name: 'Engine' } });
    expect(again.fields).toMatchObject({ Editor: first, Namer: first });
    for (const Maker of [first, null])
      expect(await gateway.call(ada, 'PATCH', path, { fields: { Maker } })).toMatchObject({
        status: 422,
        body: { error: { type: 'INVALID_VALUE_FOR_COLUMN' } },
      });
  });

  it('accept users of the tenant by id and email, with typecast by name', async () => {
    const [first, second] = [shown(ada as TestUser), shown(bob as TestUser)];
    const byId = await create({ Lead: { id: second.id }, Crew: [{ id: first.id }, { email: second.email }] });
    expect(byId.fields).toMatchObject({ Lead: second, Crew: [first, second] });
    const byText = await create(
      { Lead: second.email, Crew: 'Ada Lovelace, Bob' },
      { typecast: true },
      bob as TestUser,
    );
    expect(byText.fields).toMatchObject({ Lead: second, Crew: [first, second] });
    const cleared = await ok(ada as TestUser, 'PATCH', `/v0/${baseId}/Tasks/${byId.id}`, {
      fields: { Lead: null, Crew: [] },
    });
    expect(Object.keys(cleared.fields).sort()).toEqual(['Editor', 'Maker']);
  });

  it('reject colleagues who are not in the workspace of the base', async () => {
    const { tenant_id } = (ada as TestUser).claims;
    stores.authorities.set((cleo as TestUser).claims, { workspaces: [{ id: randomUUID(), role: 'owner' }] });
    const Lead = { id: shown(cleo as TestUser).id };
    const assign = () => gateway.call(ada, 'POST', `/v0/${baseId}/Tasks`, { fields: { Lead } });
    expect(await assign()).toMatchObject({
      status: 422,
      body: { error: { type: 'INVALID_VALUE_FOR_COLUMN' } },
    });
    stores.authorities.set((cleo as TestUser).claims, { workspaces: [{ id: tenant_id, role: 'viewer' }] });
    expect((await assign()).body.fields.Lead).toEqual(shown(cleo as TestUser));
  });

  it('reject users of another tenant and unknown ones', async () => {
    const stranger = shown(eve as TestUser);
    for (const Lead of [
      { id: stranger.id },
      { email: stranger.email },
      { id: 'usr1' },
      'Eve',
      'x'.repeat(254),
    ])
      for (const typecast of [false, true])
        expect(
          await gateway.call(ada, 'POST', `/v0/${baseId}/Tasks`, { fields: { Lead }, typecast }),
        ).toMatchObject({ status: 422, body: { error: { type: 'INVALID_VALUE_FOR_COLUMN' } } });
  });

  it('are filtered, sorted and written as text by name', async () => {
    const Name = 'by name';
    const [first, second] = [ada, bob].map((user) => ({ id: shown(user as TestUser).id }));
    await create({ Name, Lead: second, Crew: [first, second] });
    await create({ Name, Lead: first });
    const list = async (query: string) =>
      (await ok(ada as TestUser, 'GET', `/v0/${baseId}/Tasks?${query}`)).records;
    const filter = (formula: string) => `filterByFormula=${encodeURIComponent(formula)}`;
    const mine = `{Name}='${Name}'`;
    expect(
      await list(filter(`AND(${mine}, {Lead}='Bob', FIND('Ada', {Crew}), {Maker}='Ada Lovelace')`)),
    ).toHaveLength(1);
    const sorted = await list(
      `${filter(mine)}&sort[0][field]=Lead&cellFormat=string&timeZone=UTC&userLocale=en`,
    );
    expect(sorted.map(({ fields }: { fields: object }) => fields)).toEqual([
      { Name, Lead: 'Ada Lovelace', Maker: 'Ada Lovelace', Editor: 'Ada Lovelace', Namer: 'Ada Lovelace' },
      {
        Name,
        Lead: 'Bob',
        Crew: 'Ada Lovelace, Bob',
        Maker: 'Ada Lovelace',
        Editor: 'Ada Lovelace',
        Namer: 'Ada Lovelace',
      },
    ]);
  });

  it('are looked up as cells and rolled up as names', async () => {
    const fields = `/v0/meta/bases/${baseId}/tables/${tables.Projects}/fields`;
    const link = await ok(ada as TestUser, 'POST', fields, {
      name: 'Tasks',
      type: 'multipleRecordLinks',
      options: { linkedTableId: tables.Tasks },
    });
    const options = { recordLinkFieldId: link.id };
    const add = (name: string, type: string, fieldIdInLinkedTable: string, more: object = {}) =>
      ok(ada as TestUser, 'POST', fields, {
        name,
        type,
        options: { ...options, fieldIdInLinkedTable, ...more },
      });
    const makers = await add('Makers', 'multipleLookupValues', 'Maker');
    await add('Crews', 'multipleLookupValues', 'Crew');
    const names = await add('Names', 'rollup', 'Lead', { formula: "ARRAYJOIN(values, '; ')" });
    expect([makers, names].map(({ options: { result } }) => result.type)).toEqual([
      'createdBy',
      'singleLineText',
    ]);
    const [first, second] = [shown(ada as TestUser), shown(bob as TestUser)];
    const task = await create({ Lead: { id: second.id }, Crew: [{ id: first.id }, { id: second.id }] });
    const project = await ok(bob as TestUser, 'POST', `/v0/${baseId}/Projects`, {
      fields: { Tasks: [task.id] },
    });
    expect(project.fields).toMatchObject({ Makers: [first], Crews: [first, second], Names: 'Bob' });
    const linked = await ok(ada as TestUser, 'GET', `/v0/${baseId}/Tasks/${task.id}`);
    expect(linked.fields.Editor).toEqual(second);
  });

  it('appear in the schema with their options', async () => {
    const { tables: described } = await ok(ada as TestUser, 'GET', `/v0/meta/bases/${baseId}/tables`);
    const [{ fields }] = described;
    const known = Object.fromEntries(
      fields.map(({ name, type, options }: Record<string, unknown>) => [name, [type, options]]),
    );
    expect(known).toMatchObject({
      Lead: ['singleCollaborator', { shouldNotify: false }],
      Crew: ['multipleCollaborators', undefined],
      Maker: ['createdBy', undefined],
      Editor: ['lastModifiedBy', { isValid: true, referencedFieldIds: [] }],
      Namer: ['lastModifiedBy', { isValid: true, referencedFieldIds: [fields[0].id] }],
    });
  });

  it('are reported by webhooks as in records', async () => {
    const hook = await ok(ada as TestUser, 'POST', `/v0/bases/${baseId}/webhooks`, {
      specification: { options: { filters: { dataTypes: ['tableData'] } } },
    });
    const byId = await ok(bob as TestUser, 'POST', `/v0/${baseId}/Tasks?returnFieldsByFieldId=1`, {
      fields: { Lead: { id: shown(bob as TestUser).id } },
      returnFieldsByFieldId: true,
    });
    const { payloads } = await ok(ada as TestUser, 'GET', `/v0/bases/${baseId}/webhooks/${hook.id}/payloads`);
    const [{ changedTablesById, actionMetadata }] = payloads;
    const created = changedTablesById[tables.Tasks as string].createdRecordsById[byId.id];
    expect(created.cellValuesByFieldId).toEqual(byId.fields);
    expect(actionMetadata.sourceMetadata.user).toMatchObject(shown(bob as TestUser));
  });

  it('are asked for once in 5 seconds, and can be read while platform-services is away', async () => {
    const { id, fields } = await create({ Lead: { id: shown(bob as TestUser).id } });
    const before = directory.searches();
    await create({ Lead: { email: shown(bob as TestUser).email } });
    expect(directory.searches()).toBe(before);

    await directory.leave();
    expect((await ok(ada as TestUser, 'GET', `/v0/${baseId}/Tasks/${id}`)).fields).toEqual(fields);
    const own = await create({ Lead: { email: shown(ada as TestUser).email } });
    expect(own.fields.Lead).toEqual(shown(ada as TestUser));
    const other = await gateway.call(ada, 'POST', `/v0/${baseId}/Tasks`, {
      fields: { Lead: { email: 'new@example.com' } },
    });
    expect(other).toMatchObject({ status: 503, body: { error: { type: 'SERVICE_UNAVAILABLE' } } });
    expect(other.headers.get('retry-after')).toBe('5');
  });
});
