import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAirtableUserId } from '../../../../contracts/airtable-gateway/user-id.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import {
  addPerson,
  changePerson,
  everything,
  makeBase,
  readPayloads,
  watch,
} from '../../testing/watched-base.ts';

let gateway: TemporaryAirtableGateway;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

describe('the payloads of a webhook', () => {
  it('report created, changed and deleted records, including computed values', async () => {
    const base = await makeBase(gateway);
    const { Name, Age, Older, Team } = base.fields as Record<string, string>;
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    const ada = await addPerson(base, { Name: 'Ada', Age: 36, Team: [base.team] });
    await changePerson(base, ada, { Age: null });
    await changePerson(base, ada, { Age: null });
    await gateway.call(base.user, 'DELETE', `/v0/${base.baseId}/People/${ada}`);
    const page = await readPayloads(base, hook);
    expect(page).toMatchObject({ cursor: 4, mightHaveMore: false });
    const { user_id, email, name } = base.user.claims;
    const user = { id: toAirtableUserId(user_id), email, name, permissionLevel: 'create' };
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

  it('report both sides of a link and looked-up values', async () => {
    const base = await makeBase(gateway);
    const ada = await addPerson(base, { Name: 'Ada', Team: [base.team] });
    const hook = await watch(base, { dataTypes: ['tableData'] }, { includePreviousCellValues: true });
    await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/Teams/${base.team}`, {
      fields: { Number: 2 },
    });
    await changePerson(base, ada, { Team: [] });
    const { payloads } = await readPayloads(base, hook);
    const number = base.fields['Team number'] as string;
    expect(payloads[0].changedTablesById[base.people]).toEqual({
      changedRecordsById: {
        [ada]: {
          current: { cellValuesByFieldId: { [number]: [2] } },
          previous: { cellValuesByFieldId: { [number]: [1] } },
        },
      },
    });
    expect(payloads[1].changedTablesById[base.people].changedRecordsById[ada]).toEqual({
      current: { cellValuesByFieldId: { [base.fields.Team as string]: null, [number]: null } },
      previous: { cellValuesByFieldId: { [base.fields.Team as string]: [base.team], [number]: [2] } },
    });
    const inverse = Object.values(
      payloads[1].changedTablesById[base.teams].changedRecordsById[base.team].previous.cellValuesByFieldId,
    );
    expect(inverse).toEqual([[ada]]);
  });

  it('report a record that one upsert creates and changes once, in its final state', async () => {
    const base = await makeBase(gateway);
    const hook = await watch(base, { dataTypes: ['tableData'], watchDataInFieldIds: [base.fields.Age] });
    await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Twice', Age: 1 } }, { fields: { Name: 'Twice', Age: 2 } }],
    });
    const { payloads } = await readPayloads(base, hook);
    expect(payloads).toHaveLength(1);
    expect(Object.values(payloads[0].changedTablesById[base.people].createdRecordsById)).toMatchObject([
      { cellValuesByFieldId: { [base.fields.Age as string]: 2 } },
    ]);
    expect(payloads[0].changedTablesById[base.people].changedRecordsById).toBeUndefined();
  });

  it('report changes of tables and fields', async () => {
    const base = await makeBase(gateway);
    const hook = await watch(base, everything, { includePreviousFieldDefinitions: true });
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
    const { payloads } = await readPayloads(base, hook);
    const [renamed, field, created, linked, typecast] = payloads;
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

  it('follow the webhook’s filters, and are grouped by view for a webhook on a view', async () => {
    const base = await makeBase(gateway);
    const hooks = {
      view: await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.view }),
      otherTable: await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.teams }),
      otherSource: await watch(base, { ...everything, fromSources: ['client', 'formSubmission'] }),
      thisSource: await watch(base, { dataTypes: ['tableData'], fromSources: ['publicApi'] }),
      removals: await watch(base, { dataTypes: ['tableData'], changeTypes: ['remove'] }),
      schema: await watch(base, { dataTypes: ['tableFields', 'tableMetadata'] }),
    };
    const ada = await addPerson(base, { Name: 'Ada' });
    const byHook: Record<string, { changedTablesById: object }[]> = {};
    for (const [name, hook] of Object.entries(hooks))
      byHook[name] = (await readPayloads(base, hook)).payloads;
    expect(byHook.view?.[0]?.changedTablesById).toMatchObject({
      [base.people]: { changedViewsById: { [base.view]: { createdRecordsById: { [ada]: {} } } } },
    });
    expect(byHook).toMatchObject({ otherTable: [], otherSource: [], removals: [], schema: [] });
    expect(byHook.thisSource).toHaveLength(1);
  });

  it('are stored if and only if the change is committed', async () => {
    const base = await makeBase(gateway);
    await addPerson(base, { Name: 'double' });
    await addPerson(base, { Name: 'double' });
    const hook = await watch(base);
    const rejected = await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/People`, {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'fresh' } }, { fields: { Name: 'double' } }],
    });
    expect(rejected.status).toBe(422);
    expect(await readPayloads(base, hook)).toEqual({ payloads: [], cursor: 1, mightHaveMore: false });
  });

  it('are those of the confirmed writes when many writers run at the same time', async () => {
    const base = await makeBase(gateway);
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    const path = `/v0/${base.baseId}/People`;
    const responses = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        gateway.call(base.user, 'POST', path, { fields: { Name: `${n}` } }),
      ),
    );
    // On a busy machine a writer may wait too long for a connection. It must get an error, and nothing is stored.
    const ids = responses.flatMap(({ status, body }) => {
      expect(body, `status ${status}`).toMatchObject(
        status === 200 ? { id: expect.stringMatching(/^rec/) } : { error: { type: 'SERVICE_UNAVAILABLE' } },
      );
      return status === 200 ? [body.id] : [];
    });
    expect(ids).not.toEqual([]);
    const stored = await gateway.call(base.user, 'GET', path);
    expect(stored.body.records.map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort());
    const seen: string[] = [];
    let cursor = 1;
    for (let more = true; more; ) {
      const page = await readPayloads(base, hook, `?cursor=${cursor}&limit=7`);
      for (const { changedTablesById } of page.payloads)
        seen.push(...Object.keys(changedTablesById[base.people].createdRecordsById));
      expect(page.cursor).toBe(cursor + page.payloads.length);
      ({ cursor, mightHaveMore: more } = page);
    }
    expect(cursor).toBe(ids.length + 1);
    expect(seen.sort()).toEqual(ids.sort());
    const listed = await gateway.call(base.user, 'GET', base.hooks);
    expect(listed.body.webhooks[0].cursorForNextPayload).toBe(ids.length + 1);
    expect(await readPayloads(base, hook, '?cursor=100')).toEqual({
      payloads: [],
      cursor: 100,
      mightHaveMore: false,
    });
  });

  it('are split for an action on many records, with one transaction number', async () => {
    const base = await makeBase(gateway);
    const people: string[] = [];
    for (let batch = 0; batch < 12; batch += 1) {
      const { body } = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/People`, {
        records: Array.from({ length: 10 }, () => ({ fields: { Name: 'member', Team: [base.team] } })),
      });
      people.push(...body.records.map(({ id }: { id: string }) => id));
    }
    const hook = await watch(base, { dataTypes: ['tableData'], recordChangeScope: base.people });
    await gateway.call(base.user, 'DELETE', `/v0/${base.baseId}/Teams/${base.team}`);
    const { payloads } = await readPayloads(base, hook);
    expect(payloads).toHaveLength(2);
    expect(payloads[0].baseTransactionNumber).toBe(payloads[1].baseTransactionNumber);
    expect(payloads[0].timestamp).toBe(payloads[1].timestamp);
    const changed = payloads.flatMap(
      ({ changedTablesById }: { changedTablesById: Record<string, { changedRecordsById?: object }> }) =>
        Object.keys(changedTablesById[base.people]?.changedRecordsById ?? {}),
    );
    expect(changed.sort()).toEqual(people.sort());
  });
});
