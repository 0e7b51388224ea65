import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from './testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
/** Past row-level security, to let time pass. */
let admin: pg.Pool;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

interface Watched {
  user: TestUser;
  baseId: string;
  people: string;
  view: string;
  /** Ids of fields by name. */
  fields: Record<string, string>;
  teams: string;
  team: string;
  hooks: string;
}

/** A base with people linked to a team, whose number a look-up shows with the people. */
async function makeBase(): Promise<Watched> {
  const user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Watched',
    workspaceId: 'default',
    tables: [
      {
        name: 'People',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Age', type: 'number', options: { precision: 0 } },
          { name: 'Mood', type: 'singleSelect', options: { choices: [{ name: 'glad' }] } },
        ],
      },
      {
        name: 'Teams',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Number', type: 'number', options: { precision: 0 } },
        ],
      },
    ],
  });
  const { id: baseId, tables } = made.body;
  const [people, teams] = tables;
  const fields = Object.fromEntries(
    people.fields.map(({ id, name }: { id: string; name: string }) => [name, id]),
  );
  const add = async (definition: object) => {
    const path = `/v0/meta/bases/${baseId}/tables/${people.id}/fields`;
    const { body } = await gateway.call(user, 'POST', path, definition);
    fields[body.name] = body.id;
    return body;
  };
  const team = await add({ name: 'Team', type: 'multipleRecordLinks', options: { linkedTableId: teams.id } });
  await add({ name: 'Older', type: 'formula', options: { formula: '{Age} + 1' } });
  await add({
    name: 'Team number',
    type: 'multipleLookupValues',
    options: { recordLinkFieldId: team.id, fieldIdInLinkedTable: teams.fields[1].id },
  });
  const first = await gateway.call(user, 'POST', `/v0/${baseId}/Teams`, { fields: { Name: 'A', Number: 1 } });
  return {
    user,
    baseId,
    people: people.id,
    view: people.views[0].id,
    fields,
    teams: teams.id,
    team: first.body.id,
    hooks: `/v0/bases/${baseId}/webhooks`,
  };
}

const all = { dataTypes: ['tableData', 'tableFields', 'tableMetadata'] };

async function watch(base: Watched, filters: object = all, includes?: object): Promise<string> {
  const made = await gateway.call(base.user, 'POST', base.hooks, {
    specification: { options: { filters, ...(includes === undefined ? {} : { includes }) } },
  });
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 200 });
  return made.body.id;
}

async function payloads(base: Watched, hook: string, query = '') {
  const answer = await gateway.call(base.user, 'GET', `${base.hooks}/${hook}/payloads${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

async function addPerson(base: Watched, fields: object): Promise<string> {
  const { body } = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/People`, { fields });
  return body.id;
}

const changePerson = (base: Watched, id: string, fields: object) =>
  gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People/${id}`, { fields });

const weekMs = 7 * 24 * 3_600_000;

describe('a webhook', () => {
  it('is created with a secret that is told once, listed, and deleted', async () => {
    const base = await makeBase();
    const before = Date.now();
    const specification = { options: { filters: { ...all, recordChangeScope: base.people } } };
    const made = await gateway.call(base.user, 'POST', base.hooks, { specification, notificationUrl: null });
    expect(made).toMatchObject({
      status: 200,
      body: { id: expect.stringMatching(/^ach[A-Za-z0-9]{14}$/), macSecretBase64: expect.any(String) },
    });
    expect(Buffer.from(made.body.macSecretBase64, 'base64')).toHaveLength(32);
    const expires = Date.parse(made.body.expirationTime);
    expect(expires).toBeGreaterThanOrEqual(before + weekMs - 1_000);
    expect(expires).toBeLessThanOrEqual(Date.now() + weekMs + 1_000);
    const listed = await gateway.call(base.user, 'GET', base.hooks);
    expect(listed.body).toEqual({
      webhooks: [
        {
          id: made.body.id,
          specification,
          notificationUrl: null,
          cursorForNextPayload: 1,
          areNotificationsEnabled: true,
          isHookEnabled: true,
          lastSuccessfulNotificationTime: null,
          lastNotificationResult: null,
          expirationTime: made.body.expirationTime,
        },
      ],
    });
    const path = `${base.hooks}/${made.body.id}`;
    expect(await gateway.call(base.user, 'DELETE', path)).toMatchObject({ status: 200, body: {} });
    expect(await gateway.call(base.user, 'DELETE', path)).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
    expect((await gateway.call(base.user, 'GET', base.hooks)).body.webhooks).toEqual([]);
  });

  it('is the eleventh of a base in vain', async () => {
    const base = await makeBase();
    await Promise.all(Array.from({ length: 10 }, () => watch(base)));
    const refused = await gateway.call(base.user, 'POST', base.hooks, {
      specification: { options: { filters: all } },
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { error: { type: 'TOO_MANY_WEBHOOKS_IN_BASE' } },
    });
  });

  it('lives on when it is refreshed or asked for payloads, but not once it has expired', async () => {
    const base = await makeBase();
    const hook = await watch(base);
    const expiry = async () => {
      const { body } = await gateway.call(base.user, 'GET', base.hooks);
      return body.webhooks[0];
    };
    const age = (interval: string) =>
      admin.query(`update airtable.webhooks set expires_at = now() + interval '${interval}' where id = $1`, [
        hook,
      ]);
    await age('1 hour');
    const refreshed = await gateway.call(base.user, 'POST', `${base.hooks}/${hook}/refresh`);
    expect(refreshed.body).toEqual({ expirationTime: (await expiry()).expirationTime });
    expect(Date.parse(refreshed.body.expirationTime)).toBeGreaterThan(Date.now() + weekMs - 60_000);
    await age('1 hour');
    await payloads(base, hook);
    expect(Date.parse((await expiry()).expirationTime)).toBeGreaterThan(Date.now() + weekMs - 60_000);

    await addPerson(base, { Name: 'before' });
    await age('-1 hour');
    await addPerson(base, { Name: 'after' });
    expect(await expiry()).toMatchObject({ isHookEnabled: false });
    expect((await payloads(base, hook)).payloads).toHaveLength(1);
    expect(await gateway.call(base.user, 'POST', `${base.hooks}/${hook}/refresh`)).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('expired') } },
    });
    expect(await expiry()).toMatchObject({ isHookEnabled: false });
    await age('-8 days');
    expect((await gateway.call(base.user, 'GET', base.hooks)).body.webhooks).toEqual([]);
    expect((await gateway.call(base.user, 'GET', `${base.hooks}/${hook}/payloads`)).status).toBe(404);
  });
});

describe('the payloads of a webhook', () => {
  it('tell of records that were created, changed and deleted, computed values included', async () => {
    const base = await makeBase();
    const { Name, Age, Older, Team } = base.fields as Record<string, string>;
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    const ada = await addPerson(base, { Name: 'Ada', Age: 36, Team: [base.team] });
    await changePerson(base, ada, { Age: null });
    await changePerson(base, ada, { Age: null });
    await gateway.call(base.user, 'DELETE', `/v0/${base.baseId}/People/${ada}`);
    const page = await payloads(base, hook);
    expect(page).toMatchObject({ cursor: 4, mightHaveMore: false });
    const user = { id: base.user.claims.user_id, email: base.user.claims.email, permissionLevel: 'create' };
    expect(page.payloads[0]).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      baseTransactionNumber: 1,
      payloadFormat: 'v0',
      actionMetadata: { source: 'publicApi', sourceMetadata: { user } },
      changedTablesById: {
        [base.people]: {
          createdRecordsById: {
            [ada]: {
              createdTime: expect.stringMatching(/^\d{4}-.*Z$/),
              cellValuesByFieldId: {
                [Name as string]: 'Ada',
                [Age as string]: 36,
                [Older as string]: 37,
                [Team as string]: [base.team],
                [base.fields['Team number'] as string]: [1],
              },
            },
          },
        },
      },
    });
    expect(page.payloads[1].changedTablesById).toEqual({
      [base.people]: {
        changedRecordsById: {
          [ada]: { current: { cellValuesByFieldId: { [Age as string]: null, [Older as string]: 1 } } },
        },
      },
    });
    expect(page.payloads[2].changedTablesById).toEqual({ [base.people]: { destroyedRecordIds: [ada] } });
    expect(page.payloads.map((one: { baseTransactionNumber: number }) => one.baseTransactionNumber)).toEqual([
      1, 2, 3,
    ]);
  });

  it('tell of both sides of a link, and of what is looked up through it', async () => {
    const base = await makeBase();
    const ada = await addPerson(base, { Name: 'Ada', Team: [base.team] });
    const hook = await watch(base, { dataTypes: ['tableData'] }, { includePreviousCellValues: true });
    await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/Teams/${base.team}`, {
      fields: { Number: 2 },
    });
    await changePerson(base, ada, { Team: [] });
    const { payloads: told } = await payloads(base, hook);
    const number = base.fields['Team number'] as string;
    expect(told[0].changedTablesById[base.people]).toEqual({
      changedRecordsById: {
        [ada]: {
          current: { cellValuesByFieldId: { [number]: [2] } },
          previous: { cellValuesByFieldId: { [number]: [1] } },
        },
      },
    });
    expect(told[1].changedTablesById[base.people].changedRecordsById[ada]).toEqual({
      current: { cellValuesByFieldId: { [base.fields.Team as string]: null, [number]: null } },
      previous: { cellValuesByFieldId: { [base.fields.Team as string]: [base.team], [number]: [2] } },
    });
    const otherSide = Object.values(
      told[1].changedTablesById[base.teams].changedRecordsById[base.team].previous.cellValuesByFieldId,
    );
    expect(otherSide).toEqual([[ada]]);
  });

  it('tell of a record that an upsert creates and changes once, as it ends', async () => {
    const base = await makeBase();
    const hook = await watch(base, { dataTypes: ['tableData'], watchDataInFieldIds: [base.fields.Age] });
    await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Twice', Age: 1 } }, { fields: { Name: 'Twice', Age: 2 } }],
    });
    const { payloads: told } = await payloads(base, hook);
    expect(told).toHaveLength(1);
    expect(Object.values(told[0].changedTablesById[base.people].createdRecordsById)).toMatchObject([
      { cellValuesByFieldId: { [base.fields.Age as string]: 2 } },
    ]);
    expect(told[0].changedTablesById[base.people].changedRecordsById).toBeUndefined();
  });

  it('tell of tables and fields', async () => {
    const base = await makeBase();
    const hook = await watch(base, all, { includePreviousFieldDefinitions: true });
    const meta = `/v0/meta/bases/${base.baseId}/tables`;
    await gateway.call(base.user, 'PATCH', `${meta}/${base.people}`, { name: 'Persons', description: 'All' });
    await gateway.call(base.user, 'PATCH', `${meta}/${base.people}/fields/${base.fields.Age}`, {
      name: 'Years',
    });
    const table = await gateway.call(base.user, 'POST', meta, {
      name: 'Later',
      fields: [{ name: 'Title', type: 'singleLineText' }],
    });
    const link = await gateway.call(base.user, 'POST', `${meta}/${base.people}/fields`, {
      name: 'Later',
      type: 'multipleRecordLinks',
      options: { linkedTableId: table.body.id },
    });
    await gateway.call(base.user, 'POST', `/v0/${base.baseId}/Persons`, {
      records: [{ fields: { Name: 'x', Mood: 'new mood' } }],
      typecast: true,
    });
    const { payloads: told } = await payloads(base, hook);
    const [renamed, field, created, linked, typecast] = told;
    expect(renamed.changedTablesById).toEqual({
      [base.people]: {
        changedMetadata: {
          current: { name: 'Persons', description: 'All' },
          previous: { name: 'People', description: null },
        },
      },
    });
    expect(field.changedTablesById[base.people].changedFieldsById).toEqual({
      [base.fields.Age as string]: { current: { name: 'Years' }, previous: { name: 'Age' } },
    });
    expect(created).not.toHaveProperty('changedTablesById');
    expect(created.createdTablesById).toEqual({
      [table.body.id]: {
        metadata: { name: 'Later', description: null },
        fieldsById: { [table.body.primaryFieldId]: { name: 'Title', type: 'singleLineText' } },
        recordsById: {},
      },
    });
    expect(linked.changedTablesById).toEqual({
      [base.people]: {
        createdFieldsById: { [link.body.id]: { name: 'Later', type: 'multipleRecordLinks' } },
      },
      [table.body.id]: {
        createdFieldsById: {
          [link.body.options.inverseLinkFieldId]: { name: 'Persons', type: 'multipleRecordLinks' },
        },
      },
    });
    expect(typecast.changedTablesById[base.people]).toMatchObject({
      changedFieldsById: { [base.fields.Mood as string]: { current: { type: 'singleSelect' } } },
      createdRecordsById: expect.anything(),
    });
  });

  it('are made for what a webhook asked for, and by view where it watches one', async () => {
    const base = await makeBase();
    const hooks = {
      view: await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.view }),
      otherTable: await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.teams }),
      otherSource: await watch(base, { ...all, fromSources: ['client', 'formSubmission'] }),
      thisSource: await watch(base, { dataTypes: ['tableData'], fromSources: ['publicApi'] }),
      removals: await watch(base, { dataTypes: ['tableData'], changeTypes: ['remove'] }),
      schema: await watch(base, { dataTypes: ['tableFields', 'tableMetadata'] }),
    };
    const ada = await addPerson(base, { Name: 'Ada' });
    const told: Record<string, { changedTablesById: object }[]> = {};
    for (const [name, hook] of Object.entries(hooks)) told[name] = (await payloads(base, hook)).payloads;
    expect(told.view?.[0]?.changedTablesById).toMatchObject({
      [base.people]: { changedViewsById: { [base.view]: { createdRecordsById: { [ada]: {} } } } },
    });
    expect(told).toMatchObject({ otherTable: [], otherSource: [], removals: [], schema: [] });
    expect(told.thisSource).toHaveLength(1);
  });

  it('are written with the change or not at all', async () => {
    const base = await makeBase();
    await addPerson(base, { Name: 'double' });
    await addPerson(base, { Name: 'double' });
    const hook = await watch(base);
    const refused = await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'fresh' } }, { fields: { Name: 'double' } }],
    });
    expect(refused.status).toBe(422);
    expect(await payloads(base, hook)).toEqual({ payloads: [], cursor: 1, mightHaveMore: false });
  });

  it('miss nothing when many write at the same time', async () => {
    const base = await makeBase();
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => addPerson(base, { Name: `${n}` })));
    const seen: string[] = [];
    let cursor = 1;
    for (let more = true; more; ) {
      const page = await payloads(base, hook, `?cursor=${cursor}&limit=7`);
      for (const { changedTablesById } of page.payloads)
        seen.push(...Object.keys(changedTablesById[base.people].createdRecordsById));
      expect(page.cursor).toBe(cursor + page.payloads.length);
      ({ cursor, mightHaveMore: more } = page);
    }
    expect(cursor).toBe(61);
    expect(seen.sort()).toEqual(ids.sort());
    const listed = await gateway.call(base.user, 'GET', base.hooks);
    expect(listed.body.webhooks[0].cursorForNextPayload).toBe(61);
    expect(await payloads(base, hook, '?cursor=100')).toEqual({
      payloads: [],
      cursor: 100,
      mightHaveMore: false,
    });
  });

  it('of an action that touches many records are several, of one transaction', async () => {
    const base = await makeBase();
    const people: string[] = [];
    for (let batch = 0; batch < 12; batch += 1) {
      const { body } = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/People`, {
        records: Array.from({ length: 10 }, () => ({ fields: { Name: 'member', Team: [base.team] } })),
      });
      people.push(...body.records.map(({ id }: { id: string }) => id));
    }
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    await gateway.call(base.user, 'DELETE', `/v0/${base.baseId}/Teams/${base.team}`);
    const { payloads: told } = await payloads(base, hook);
    expect(told).toHaveLength(2);
    expect(told[0].baseTransactionNumber).toBe(told[1].baseTransactionNumber);
    expect(told[0].timestamp).toBe(told[1].timestamp);
    const changed = told.flatMap(({ changedTablesById }: { changedTablesById: Record<string, { changedRecordsById?: object }> }) =>
      Object.keys(changedTablesById[base.people]?.changedRecordsById ?? {}),
    );
    expect(changed.sort()).toEqual(people.sort());
  });
});
