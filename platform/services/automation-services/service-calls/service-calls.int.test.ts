import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  allEnded,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
let user: TestUser;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  user = await service.user();
});

const command = (overrides: object) => ({
  idempotency_key: 'key-1',
  tenant_id: user.claims.tenant_id,
  user_id: user.claims.user_id,
  ...overrides,
});
const workflow = async (input: object) =>
  (await createWorkflow(service, user, { steps: [logStep('x')], ...input })).id;

describe('a command', () => {
  it('takes effect once, however often and fast it is repeated', async () => {
    const id = await workflow({});
    const execute = command({
      command: 'execute_workflow',
      payload: { workflow_id: id, input: { a: 1, b: 2 } },
    });
    const responses = await Promise.all(Array.from({ length: 8 }, () => service.serve('/commands', execute)));
    for (const response of responses) expect(response).toEqual(responses[0]);
    expect(responses[0]).toMatchObject({ status: 200, body: { result: { status: 'pending' } } });
    // The order of fields does not matter.
    const reordered = { ...execute, payload: { input: { b: 2, a: 1 }, workflow_id: id } };
    expect(await service.serve('/commands', reordered)).toEqual(responses[0]);
    await allEnded(service, user);
    expect((await service.call(user, 'GET', '/executions')).body).toMatchObject({
      total: 1,
      executions: [{ trigger: 'command', status: 'completed', steps_successful: 1 }],
    });
  });

  it('is rejected when its key was used for another command', async () => {
    const notify = command({ command: 'notify', payload: { subject: 'One' } });
    expect((await service.serve('/commands', notify)).status).toBe(200);
    const other = { ...notify, payload: { subject: 'Two' } };
    expect(await service.serve('/commands', other)).toMatchObject({
      status: 409,
      body: { error: 'conflict' },
    });
    // Keys belong to a tenant.
    const stranger = await service.user();
    const theirs = { ...other, tenant_id: stranger.claims.tenant_id, user_id: stranger.claims.user_id };
    expect((await service.serve('/commands', theirs)).status).toBe(200);
    expect((await service.call(user, 'GET', '/notifications')).body.total).toBe(1);
  });

  it('may be repeated after it failed', async () => {
    const id = await workflow({ status: 'inactive' });
    const execute = command({ command: 'execute_workflow', payload: { workflow_id: id } });
    expect((await service.serve('/commands', execute)).status).toBe(409);
    await service.call(user, 'PUT', `/workflows/${id}`, {
      name: 'W',
      steps: [{ type: 'log', config: { message: 'x' } }],
    });
    expect((await service.serve('/commands', execute)).status).toBe(200);
  });

  it('is rejected when its payload is invalid or names a workflow of another tenant', async () => {
    const bad = command({ command: 'execute_workflow', payload: { workflow_id: 'x' } });
    expect((await service.serve('/commands', bad)).status).toBe(422);
    const id = await workflow({});
    const stranger = await service.user();
    const foreign = command({
      command: 'execute_workflow',
      payload: { workflow_id: id },
      tenant_id: stranger.claims.tenant_id,
      user_id: stranger.claims.user_id,
    });
    expect((await service.serve('/commands', foreign)).status).toBe(404);
  });
});

describe('a file event', () => {
  const event = (overrides: object = {}) => ({
    type: 'file_upload',
    tenant_id: user.claims.tenant_id,
    user_id: randomUUID(),
    file_id: randomUUID(),
    filename: 'Table.CSV',
    ...overrides,
  });
  const notifying = (triggers: object[]) =>
    workflow({
      triggers,
      steps: [{ type: 'notification', config: { subject: 'Got {filename}', body: '{input.file_id}' } }],
    });

  it('starts the workflows that it triggers, once', async () => {
    await notifying([{ type: 'file_upload', extensions: ['.csv'] }]);
    await notifying([{ type: 'file_upload' }]);
    await notifying([{ type: 'file_upload', extensions: ['pdf'] }]);
    await notifying([{ type: 'file_processed' }]);
    const upload = event();
    const first = await service.serve('/events/files', upload);
    expect(first.status).toBe(202);
    expect(first.body.executions).toHaveLength(2);
    expect((await service.serve('/events/files', upload)).body.executions).toEqual([]);
    await allEnded(service, user);
    const { notifications } = (await service.call(user, 'GET', '/notifications')).body;
    expect(notifications.map(({ subject, body }: Record<string, string>) => [subject, body])).toEqual([
      ['Got Table.CSV', upload.file_id],
      ['Got Table.CSV', upload.file_id],
    ]);
  });

  it('carries the text of a processed file', async () => {
    await workflow({
      triggers: [{ type: 'file_processed', extensions: ['csv'] }],
      steps: [{ type: 'notification', config: { subject: 'Text', body: '{content}' } }],
    });
    await service.serve('/events/files', event({ type: 'file_processed', content: 'a,b' }));
    await allEnded(service, user);
    expect((await service.call(user, 'GET', '/notifications')).body.notifications[0].body).toBe('a,b');
  });

  it.each([
    [{ content_types: ['text/csv'] }, { content_type: 'text/csv; charset=utf-8' }, 1],
    [{ content_types: ['text/*'] }, { content_type: 'Text/CSV' }, 1],
    [{ content_types: ['text/*'] }, { content_type: 'textile/csv' }, 0],
    [{ content_types: ['image/*', 'text/plain'] }, { content_type: 'text/csv' }, 0],
    [{ content_types: ['text/csv'] }, {}, 0],
    [{ min_size: 10 }, { size: 10 }, 1],
    [{ min_size: 10 }, { size: 9 }, 0],
    [{ max_size: 10 }, { size: 10 }, 1],
    [{ max_size: 10 }, { size: 11 }, 0],
    [{ min_size: 0 }, {}, 0],
    [
      { extensions: ['csv'], content_types: ['text/csv'], max_size: 5 },
      { content_type: 'text/csv', size: 6 },
      0,
    ],
  ])('with a filter %j and a file %j starts %i workflow', async (filter, file, started) => {
    await notifying([{ type: 'file_upload', ...filter }]);
    expect((await service.serve('/events/files', event(file))).body.executions).toHaveLength(started);
  });

  it('starts no workflow of another tenant', async () => {
    await notifying([{ type: 'file_upload' }]);
    const stranger = await service.user();
    const response = await service.serve('/events/files', event({ tenant_id: stranger.claims.tenant_id }));
    expect(response.body.executions).toEqual([]);
  });
});

it('a service can notify one user of a tenant', async () => {
  const { tenant_id, user_id } = user.claims;
  const given = { tenant_id, recipient_id: user_id, subject: 'Hello', body: 'World' };
  const sent = await service.serve('/notifications', given);
  expect(sent).toMatchObject({ status: 201, body: { subject: 'Hello', read: false } });
  expect((await service.call(user, 'GET', '/notifications')).body.notifications).toEqual([sent.body]);
});

it('lets more executions of a tenant wait than may run at the same time', async () => {
  const id = await workflow({ steps: [{ type: 'delay', config: { seconds: 60 } }], timeout: 3600 });
  const started = [];
  for (let count = 0; count < 120; count += 1)
    started.push((await service.call(user, 'POST', `/workflows/${id}/execute`)).status);
  expect(new Set(started)).toEqual(new Set([202]));
  let running = 0;
  for (;;) {
    const { total } = (await service.call(user, 'GET', '/executions?status=running')).body;
    running = Math.max(running, total);
    if ((await service.call(user, 'GET', '/executions?status=completed')).body.total === 120) break;
    if (total > 0) service.clock.advance(60_000);
  }
  expect(running).toBeLessThanOrEqual(10);
}, 60_000);

it('starts no workflow by a command of a user without the role for it', async () => {
  const id = await workflow({});
  const execute = command({ command: 'execute_workflow', payload: { workflow_id: id } });
  const workspaces = [{ id: user.claims.tenant_id, role: 'viewer' as const }];
  service.authorities.set(user.claims, { workspaces });
  expect(await service.serve('/commands', execute)).toMatchObject({
    status: 403,
    body: { error: 'forbidden' },
  });
  service.authorities.set(user.claims, { is_active: false });
  expect((await service.serve('/commands', execute)).status).toBe(403);
});
