import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RecordEvent } from '../../../../contracts/automation-services/record-events.ts';
import { type EventReceiver, startEventReceiver } from '../../testing/event-receiver.ts';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { addPerson, changePerson, makeBase, type WatchedBase } from '../../testing/watched-base.ts';

let stores: TemporaryAirtableGateway;
let gateway: ListeningGateway;
let receiver: EventReceiver;
let admin: pg.Pool;
let base: WatchedBase;

beforeAll(async () => {
  stores = await startTemporaryAirtableGateway();
  receiver = await startEventReceiver();
  gateway = await stores.another({ AUTOMATION_SERVICES_URL: receiver.url });
  admin = new pg.Pool({ connectionString: stores.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await receiver?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await admin.query('truncate airtable.record_events');
  receiver.received.length = 0;
  receiver.unavailable = false;
  base = { ...(await makeBase(stores)), gateway: { ...stores, call: gateway.call } };
});

async function watch(bases: object[], tenant_id = base.user.claims.tenant_id) {
  const response = await gateway.app.inject({
    method: 'PUT',
    url: '/internal/record-watches',
    headers: { 'x-internal-key': 'k'.repeat(32) },
    payload: { tenant_id, bases },
  });
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

/** What was delivered by now, without ids and times. */
async function delivered() {
  gateway.recordEvents?.wake();
  await gateway.recordEvents?.idle();
  return receiver.received.map(({ table_id, changes }) => [
    table_id,
    changes.map(({ type, record_id, changed_field_ids }) => [type, record_id, changed_field_ids]),
  ]);
}

const stored = async () => (await admin.query('select id from airtable.record_events')).rows.length;

describe('changes in a watched base', () => {
  it('are delivered by table, with the fields that changed, also those of linked records', async () => {
    expect(await watch([{ base_id: base.baseId }])).toEqual({ watched: [base.baseId], unknown: [] });
    const { Name, Age, Team } = base.fields as Record<'Name' | 'Age' | 'Team', string>;
    const ada = await addPerson(base, { Name: 'Ada', Age: 36 });
    expect(await delivered()).toEqual([[base.people, [['created', ada, [Name, Age].sort()]]]]);

    receiver.received.length = 0;
    await changePerson(base, ada, { Age: 37 });
    await changePerson(base, ada, { Age: 37 });
    expect(await delivered()).toEqual([[base.people, [['updated', ada, [Age]]]]]);

    receiver.received.length = 0;
    await changePerson(base, ada, { Team: [base.team] });
    const linked = await delivered();
    expect(linked).toHaveLength(2);
    expect(linked).toEqual(
      expect.arrayContaining([
        [base.people, [['updated', ada, [Team]]]],
        [base.teams, [['updated', base.team, [expect.stringMatching(/^fld/)]]]],
      ]),
    );

    receiver.received.length = 0;
    await gateway.call(base.user, 'DELETE', `/v0/${base.baseId}/People/${ada}`);
    await delivered();
    const deletion = receiver.received.find(({ table_id }) => table_id === base.people)?.changes[0];
    expect(deletion).toMatchObject({ type: 'deleted', record_id: ada });
    expect(deletion?.changed_field_ids.toSorted()).toEqual([Name, Age, Team].toSorted());
    expect(await stored()).toBe(0);
  });

  it('name tenant, workspace, base, table, fields and who made them', async () => {
    await watch([{ base_id: base.baseId, tables: ['people'] }]);
    await addPerson(base, { Name: 'Ada' });
    await delivered();
    const { tenant_id, user_id, session_id } = base.user.claims;
    expect(receiver.received).toEqual([
      {
        event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenant_id,
        workspace_id: tenant_id,
        base_id: base.baseId,
        table_id: base.people,
        table_name: 'People',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        actor: { user_id, service: null, session_id },
        fields: [{ id: base.fields.Name as string, name: 'Name' }],
        changes: [expect.objectContaining({ type: 'created' })],
      } satisfies RecordEvent,
    ]);
  });

  it('of other tables, of other bases and of rejected requests are not stored', async () => {
    await watch([{ base_id: base.baseId, tables: [base.teams, 'Nothing'] }]);
    const other = { ...(await makeBase(stores)), gateway: base.gateway };
    await addPerson(base, { Name: 'Ada' });
    await addPerson(other, { Name: 'Bob' });
    const rejected = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/Teams`, {
      records: [{ fields: { Name: 'a' } }, { fields: { Nothing: 1 } }],
    });
    expect(rejected.status).toBe(422);
    expect(await stored()).toBe(0);
    await watch([{ base_id: base.baseId }]);
    await watch([]);
    await addPerson(base, { Name: 'Cleo' });
    expect(await stored()).toBe(0);
  });

  it('of many records are split into events of at most 50', async () => {
    const people: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const made = await gateway.call(base.user, 'POST', `/v0/${base.baseId}/People`, {
        records: Array.from({ length: 10 }, () => ({ fields: { Name: 'x' } })),
      });
      people.push(...made.body.records.map(({ id }: { id: string }) => id));
    }
    await watch([{ base_id: base.baseId, tables: ['People'] }]);
    const team = await gateway.call(base.user, 'PATCH', `/v0/${base.baseId}/Teams/${base.team}`, {
      fields: { People: people },
    });
    expect(team.status, JSON.stringify(team.body)).toBe(200);
    await delivered();
    expect(receiver.received.map(({ changes }) => changes.length).sort()).toEqual([10, 50]);
    const ids = receiver.received.flatMap(({ changes }) => changes.map(({ record_id }) => record_id));
    expect(ids.sort()).toEqual(people.sort());
  });
});

describe('the delivery of changes', () => {
  it('is repeated with the same id until the receiver has confirmed it', async () => {
    await watch([{ base_id: base.baseId }]);
    receiver.unavailable = true;
    await addPerson(base, { Name: 'Ada' });
    await delivered();
    expect(receiver.received).toHaveLength(1);
    expect(await stored()).toBe(1);
    receiver.unavailable = false;
    // Another process takes over.
    const second = await stores.another({ AUTOMATION_SERVICES_URL: receiver.url });
    second.recordEvents?.wake();
    await second.recordEvents?.idle();
    expect(receiver.received).toHaveLength(2);
    expect(new Set(receiver.received.map(({ event_id }) => event_id)).size).toBe(1);
    expect(await stored()).toBe(0);
  });
});

describe('the list of watched bases', () => {
  it('has no bases of other tenants and none that do not exist', async () => {
    const unknown = ['appAAAAAAAAAAAAAA', base.baseId];
    expect(
      await watch(
        unknown.map((base_id) => ({ base_id })),
        randomUUID(),
      ),
    ).toEqual({ watched: [], unknown });
    await addPerson(base, { Name: 'Ada' });
    expect(await stored()).toBe(0);
  });

  it('needs the internal key', async () => {
    const body = { tenant_id: base.user.claims.tenant_id, bases: [{ base_id: base.baseId }] };
    expect((await gateway.call(base.user, 'PUT', '/internal/record-watches', body)).status).toBe(403);
    await addPerson(base, { Name: 'Ada' });
    expect(await stored()).toBe(0);
  });
});
