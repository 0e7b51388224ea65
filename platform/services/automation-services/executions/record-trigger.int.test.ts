import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxExecutionChain } from '../../../contracts/automation-services/executions.ts';
import { type FakePeer, startFakePeer } from '../testing/fake-peer.ts';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  allEnded,
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

const baseId = 'appA1b2C3d4E5f6G7';
let airtable: FakePeer;
let service: TemporaryAutomation;
let user: TestUser;
beforeAll(async () => {
  airtable = await startFakePeer();
  service = await startTemporaryAutomation({ AIRTABLE_GATEWAY_URL: airtable.url });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await airtable?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  user = await service.user();
  airtable.seen.length = 0;
  airtable.respond({ body: { watched: [baseId], unknown: [] } });
});

const event = (change: object = {}) => ({
  event_id: randomUUID(),
  tenant_id: user.claims.tenant_id,
  workspace_id: user.claims.tenant_id,
  base_id: baseId,
  table_id: 'tblA1b2C3d4E5f6G7',
  table_name: 'Tasks',
  at: '2026-03-02T06:00:00.000Z',
  actor: { user_id: user.claims.user_id, service: null, session_id: randomUUID() },
  fields: [
    { id: 'fldName', name: 'Name' },
    { id: 'fldDone', name: 'Done' },
  ],
  changes: [{ type: 'updated', record_id: 'rec1', changed_field_ids: ['fldDone'] }],
  ...change,
});
const startedBy = async (given: object) => (await service.serve('/events/records', given)).body.executions;
const watching = (trigger: object = {}) =>
  createWorkflow(service, user, {
    steps: [logStep('{input.changes}')],
    triggers: [{ type: 'record_changed', base_id: baseId, ...trigger }],
  });

it('starts a workflow once per change of its base, for its owner, and reports the base to airtable-gateway', async () => {
  await watching({ table: 'Tasks', changes: ['updated'], fields: ['Done'] });
  expect(airtable.seen).toMatchObject([
    {
      method: 'PUT',
      path: '/internal/record-watches',
      body: { tenant_id: user.claims.tenant_id, bases: [{ base_id: baseId }] },
    },
  ]);
  const given = event();
  const [id] = await startedBy(given);
  expect(await startedBy(given)).toEqual([]);
  expect(await ended(service, user, id)).toMatchObject({
    status: 'completed',
    trigger: 'record_changed',
    input: { base_id: baseId, changes: given.changes },
  });
});

it.each([
  ['another base', { base_id: 'appZ1b2C3d4E5f6G7' }],
  ['another table', { table_id: 'tblOther', table_name: 'Other' }],
  ['another kind of change', { changes: [{ type: 'deleted', record_id: 'r', changed_field_ids: [] }] }],
  ['other fields', { changes: [{ type: 'updated', record_id: 'r', changed_field_ids: ['fldName'] }] }],
  ['another workspace', { workspace_id: randomUUID() }],
])('is not started by a change of %s', async (_what, change) => {
  await watching({ table: 'tblA1b2C3d4E5f6G7', changes: ['updated'], fields: ['fldDone'] });
  expect(await startedBy(event(change))).toEqual([]);
});

it('is not started by its own changes', async () => {
  await watching();
  const grantId = [...service.platform.created.keys()].at(-1);
  const actor = { user_id: user.claims.user_id, service: 'automation-services', session_id: grantId };
  expect(await startedBy(event({ actor }))).toEqual([]);
  expect(await startedBy(event())).toHaveLength(1);
  await allEnded(service, user);
});

it('is not saved while airtable-gateway does not take the list of bases', async () => {
  airtable.respond({ status: 503 });
  const response = await service.call(user, 'POST', '/workflows', {
    name: 'W',
    steps: [logStep('x')],
    triggers: [{ type: 'record_changed', base_id: baseId }],
  });
  expect(response.status).toBe(502);
  expect((await service.call(user, 'GET', '/workflows')).body.total).toBe(0);
});

it('pauses workflows that start each other without end, and says why', async () => {
  const admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
  const grantOf = async (id: string) => {
    const found = await admin.query('select grant_id from automation.workflows where id = $1', [id]);
    return found.rows[0].grant_id as string;
  };
  const [one, two] = [await watching(), await watching()];
  const workflows = [one.id, two.id] as const;
  let by: string | undefined;
  let started = 0;
  for (let turn = 0; turn <= maxExecutionChain; turn += 1) {
    const actor = { user_id: user.claims.user_id, service: null, session_id: by ?? randomUUID() };
    started += (await startedBy(event({ actor }))).length;
    by = await grantOf(workflows[turn % 2] as string);
  }
  await admin.end();
  const actor = { user_id: user.claims.user_id, service: null, session_id: by };
  expect(started).toBeGreaterThan(maxExecutionChain);
  expect(await startedBy(event({ actor }))).toEqual([]);
  const states = await Promise.all(
    workflows.map(async (id) => (await service.call(user, 'GET', `/workflows/${id}`)).body),
  );
  const paused = states.filter(({ status }) => status === 'paused');
  expect(paused).toHaveLength(1);
  expect(paused[0].paused_reason).toContain('loop');
});

/** The lists of bases that airtable-gateway got. Each request waits for it, so the loop does not spin. */
async function lists(count: number): Promise<unknown[]> {
  while (airtable.seen.length < count) await service.call(user, 'GET', '/workflows');
  return airtable.seen.map(({ body }) => (body as { bases: unknown }).bases);
}

describe('the list of bases at airtable-gateway gets shorter when a workflow', () => {
  const named = [{ base_id: baseId }];

  it.each([
    ['is paused', { status: 'paused' }],
    ['loses its trigger', { triggers: [] }],
  ])('%s', async (_what, change) => {
    const { id } = await watching();
    const trigger = { type: 'record_changed', base_id: baseId };
    const saved = { name: 'W', steps: [logStep('x')], triggers: [trigger], ...change };
    expect((await service.call(user, 'PUT', `/workflows/${id}`, saved)).status).toBe(200);
    expect(await lists(2)).toEqual([named, []]);
  });

  it('is deleted, which does not wait for airtable-gateway', async () => {
    const { id } = await watching();
    await watching({ base_id: 'appZ1b2C3d4E5f6G7' });
    airtable.respond({ status: 503 }, { body: { watched: [], unknown: [] } });
    expect((await service.call(user, 'DELETE', `/workflows/${id}`)).status).toBe(204);
    const other = [{ base_id: 'appZ1b2C3d4E5f6G7' }];
    expect(await lists(3)).toEqual([named, [...named, ...other], other]);
    // The next change that nobody needs repeats it.
    expect(await startedBy(event())).toEqual([]);
    expect((await lists(4)).at(-1)).toEqual(other);
  });

  it('is paused because its owner lost the right, or is switched off because the owner left', async () => {
    const steps = [{ type: 'airtable_create', config: { base_id: baseId, table: 'T', fields: {} } }];
    const given = { steps, triggers: [{ type: 'record_changed', base_id: baseId }] };
    await createWorkflow(service, user, given);
    service.platform.lose(user.claims.user_id, 'user_deactivated');
    await startedBy(event());
    expect(await lists(2)).toEqual([named, []]);
    service.platform.lose(user.claims.user_id, undefined);
    await createWorkflow(service, user, given);
    const { tenant_id, user_id, email } = user.claims;
    await service.serve('/internal/erasures', { tenant_id, user_id, email, whole_tenant: false });
    expect(await lists(4)).toEqual([named, [], named, []]);
  });
});

it('pauses, resumes and retries an execution, and keeps the versions of its workflow', async () => {
  const { id } = await createWorkflow(service, user, {
    steps: [
      { type: 'delay', config: { seconds: 70 } },
      { type: 'log', config: { message: '{step_9_result}' } },
    ],
  });
  const run = (await service.call(user, 'POST', `/workflows/${id}/execute`)).body;
  await service.clock.sleeping(70_000);
  expect((await service.call(user, 'POST', `/executions/${run.id}/pause`)).status).toBe(200);
  service.clock.advance(70_000);
  while ((await service.call(user, 'GET', `/executions/${run.id}`)).body.status !== 'paused');
  expect((await service.call(user, 'POST', `/executions/${run.id}/pause`)).status).toBe(409);
  await service.call(user, 'PUT', `/workflows/${id}`, { name: 'Changed', steps: [logStep('new')] });
  expect((await service.call(user, 'POST', `/executions/${run.id}/resume`)).status).toBe(200);
  expect(await ended(service, user, run.id)).toMatchObject({
    status: 'failed',
    workflow_version: 1,
    steps: [{ status: 'completed', attempts: 1 }, { status: 'failed' }],
  });
  expect((await service.call(user, 'POST', `/executions/${run.id}/retry`, {})).status).toBe(202);
  expect(await ended(service, user, run.id)).toMatchObject({
    status: 'failed',
    steps: [{ status: 'completed', attempts: 1 }, { status: 'failed' }],
  });
  const { versions } = (await service.call(user, 'GET', `/workflows/${id}/versions`)).body;
  expect(versions.map(({ version, name }: { version: number; name: string }) => [version, name])).toEqual([
    [2, 'Changed'],
    [1, 'W'],
  ]);
  expect((await service.call(user, 'GET', `/workflows/${id}/versions/3`)).status).toBe(404);
});
