import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkflow, logStep, runWorkflow } from '../testing/sample-workflow.ts';
import {
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

const run = (user: TestUser, workflow: object, input: object = {}) =>
  runWorkflow(service, user, { ...workflow, input });

describe('an execution', () => {
  it('passes results from step to step and logs what happened', async () => {
    const user = await service.user();
    const execution = await run(
      user,
      {
        steps: [
          logStep('Hello {input.name}'),
          {
            type: 'data_transform',
            config: { expression: '{upper: upper(input.name), said: steps[0].message}' },
          },
          { type: 'notification', config: { subject: '{step_1_result.upper}', body: '{step_1_result}' } },
        ],
      },
      { name: 'Ada' },
    );
    expect(execution).toMatchObject({
      status: 'completed',
      trigger: 'manual',
      workflow_version: 1,
      steps_executed: 3,
      steps_successful: 3,
      steps_failed: 0,
      error: null,
      started_at: '2026-03-02T05:59:30.000Z',
    });
    expect(execution.steps[1].result).toEqual({ upper: 'ADA', said: 'Hello Ada' });
    const logs = await service.call(user, 'GET', `/executions/${execution.id}/logs`);
    expect(logs.body.logs.map((entry: { message: string }) => entry.message)).toEqual([
      'Execution started',
      'Hello Ada',
      'Execution completed',
    ]);
    const notifications = await service.call(user, 'GET', '/notifications');
    expect(notifications.body).toMatchObject({
      total: 1,
      notifications: [
        {
          subject: 'ADA',
          body: '{"upper":"ADA","said":"Hello Ada"}',
          recipient_id: user.claims.user_id,
          read: false,
        },
      ],
    });
    const { id } = notifications.body.notifications[0];
    expect((await service.call(user, 'POST', `/notifications/${id}/read`)).body.read).toBe(true);
    const workflow = await service.call(user, 'GET', `/workflows/${execution.workflow_id}`);
    expect(workflow.body).toMatchObject({ executions: 1, successful_executions: 1, failed_executions: 0 });
  });

  it('stops at the first failed step, and continues after one with continue_on_error', async () => {
    const user = await service.user();
    const broken = { type: 'log', config: { message: '{step_9_result}' } };
    const stopped = await run(user, { steps: [broken, logStep('never')] });
    expect(stopped).toMatchObject({ status: 'failed', steps_executed: 1, steps_failed: 1 });
    expect(stopped.error).toContain('step 9 has no result');
    expect(stopped.steps.map((step: { status: string }) => step.status)).toEqual(['failed', 'skipped']);
    const continued = await run(user, { steps: [{ ...broken, continue_on_error: true }, logStep('still')] });
    expect(continued).toMatchObject({
      status: 'completed',
      steps_executed: 2,
      steps_successful: 1,
      steps_failed: 1,
    });
  });

  it.each([
    [
      { left: '{input.count}', operator: 'greater_than', right: 3 },
      5,
      ['completed', 'completed', 'completed'],
    ],
    [{ left: '{input.count}', operator: 'greater_than', right: 3 }, 2, ['completed', 'skipped', 'skipped']],
    [
      { left: 'n={input.count}', operator: 'equals', right: 'n=1', otherwise: 'skip' },
      2,
      ['completed', 'skipped', 'completed'],
    ],
    [{ expression: 'input.count == `2`', otherwise: 'skip' }, 1, ['completed', 'skipped', 'completed']],
    [
      { left: '{input.nothing}', operator: 'exists', otherwise: 'continue' },
      1,
      ['completed', 'completed', 'completed'],
    ],
  ])('follows its condition %j with %d', async (config, count, statuses) => {
    const steps = [{ type: 'conditional', config }, logStep('a'), logStep('b')];
    const execution = await run(await service.user(), { steps }, { count });
    expect(execution.status).toBe('completed');
    expect(execution.steps.map((step: { status: string }) => step.status)).toEqual(statuses);
  });

  it('fails at its timeout, even during a step', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(service, user, {
      steps: [{ type: 'delay', config: { seconds: 100 } }],
      timeout: 7,
    });
    const { body } = await service.call(user, 'POST', `/workflows/${id}/execute`);
    await service.clock.sleeping(100_000);
    service.clock.advance(7_000);
    const execution = await ended(service, user, body.id);
    expect(execution).toMatchObject({ status: 'failed', error: 'The execution did not end within 7 s' });
    expect(execution.steps[0].status).toBe('failed');
  });

  it('can be cancelled only once', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(service, user, {
      steps: [{ type: 'delay', config: { seconds: 200 } }, logStep('x')],
    });
    const { body } = await service.call(user, 'POST', `/workflows/${id}/execute`);
    await service.clock.sleeping(200_000);
    expect((await service.call(user, 'DELETE', `/workflows/${id}`)).status).toBe(409);
    const cancelled = await service.call(user, 'POST', `/executions/${body.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(cancelled.body.steps.map((step: { status: string }) => step.status)).toEqual([
      'failed',
      'skipped',
    ]);
    expect((await service.call(user, 'POST', `/executions/${body.id}/cancel`)).status).toBe(409);
    expect((await service.call(user, 'DELETE', `/workflows/${id}`)).status).toBe(204);
  });

  it.each([
    ['http://127.0.0.1:8007/auth/validate', 'not a public address'],
    ['http://169.254.169.254/latest/meta-data', 'not a public address'],
    ['http://localhost:5432', 'not a public host'],
    ['gopher://example.com', 'only http and https'],
  ])('sends nothing to %s', async (url, reason) => {
    const steps = [{ type: 'http_request', config: { url: '{input.url}' } }];
    const execution = await run(await service.user(), { steps }, { url });
    expect(execution.status).toBe('failed');
    expect(execution.steps[0]).toMatchObject({ attempts: 1 });
    expect(execution.steps[0].error).toContain(reason);
  });

  it('retries with growing delays while a peer cannot be reached', async () => {
    const user = await service.user();
    const step = { type: 'airtable_create', config: { base_id: 'appA', table: 'T', fields: { Name: 'x' } } };
    const { id } = await createWorkflow(service, user, { steps: [step], max_retries: 2 });
    const { body } = await service.call(user, 'POST', `/workflows/${id}/execute`);
    for (const delay of [1_000, 2_000]) {
      await service.clock.sleeping(delay);
      service.clock.advance(delay);
    }
    const execution = await ended(service, user, body.id);
    expect(execution.steps[0]).toMatchObject({ status: 'failed', attempts: 3 });
    expect(execution.steps[0].error).toContain('airtable-gateway could not be reached');
  });

  it('stores text with characters that PostgreSQL does not support', async () => {
    const execution = await run(
      await service.user(),
      { steps: [logStep('a{input.odd}b')] },
      { odd: '\u0000' },
    );
    expect(execution.status).toBe('completed');
  });
});

it('hides and protects workflows, executions and notifications from other tenants', async () => {
  const [user, stranger] = [await service.user(), await service.user()];
  const execution = await run(user, { steps: [{ type: 'notification', config: { subject: 'private' } }] });
  const notification = (await service.call(user, 'GET', '/notifications')).body.notifications[0];
  for (const [method, path] of [
    ['GET', `/workflows/${execution.workflow_id}`],
    ['DELETE', `/workflows/${execution.workflow_id}`],
    ['POST', `/workflows/${execution.workflow_id}/execute`],
    ['GET', `/workflows/${execution.workflow_id}/executions`],
    ['GET', `/executions/${execution.id}`],
    ['GET', `/executions/${execution.id}/logs`],
    ['POST', `/executions/${execution.id}/cancel`],
    ['POST', `/notifications/${notification.id}/read`],
  ] as const)
    expect([path, (await service.call(stranger, method, path)).status]).toEqual([path, 404]);
  for (const path of ['/workflows', '/executions', '/notifications'])
    expect((await service.call(stranger, 'GET', path)).body.total).toBe(0);
  const colleague = await service.user({ tenant_id: user.claims.tenant_id });
  expect((await service.call(colleague, 'GET', '/executions')).body.total).toBe(1);
  expect((await service.call(colleague, 'GET', '/notifications')).body.total).toBe(0);
});

it('stops the executions of a deleted account and erases its rows, and no others', async () => {
  const [user, other] = [await service.user(), await service.user()];
  const waiting = { steps: [{ type: 'delay', config: { seconds: 300 } }, logStep('never')] };
  const { id } = await createWorkflow(service, user, waiting);
  const kept = await createWorkflow(service, other, { steps: [logStep('kept')] });
  await service.call(user, 'POST', `/workflows/${id}/execute`);
  await service.clock.sleeping(300_000);
  const { tenant_id, user_id, email } = user.claims;
  const order = { tenant_id, user_id, email, whole_tenant: true };
  expect((await service.serve('/internal/erasures', order)).body.erased).toBeGreaterThan(0);
  expect((await service.serve('/internal/erasures', order)).body).toEqual({ erased: 0 });
  expect((await service.call(user, 'GET', '/executions')).body.total).toBe(0);
  expect((await service.call(other, 'GET', `/workflows/${kept.id}`)).status).toBe(200);
});

it('keeps the workflows of a tenant when a member leaves, switched off, and no execution of theirs', async () => {
  const leaving = await service.user();
  const colleague = await service.user({ tenant_id: leaving.claims.tenant_id });
  const { id } = await createWorkflow(service, leaving, {
    steps: [
      { type: 'notification', config: { recipient_id: leaving.claims.user_id, subject: 's', body: 'b' } },
    ],
    triggers: [{ type: 'schedule', cron: '0 0 1 1 *' }],
  });
  await runWorkflow(service, leaving, { steps: [logStep('mine')] });
  const { tenant_id, user_id, email } = leaving.claims;
  const order = { tenant_id, user_id, email, whole_tenant: false };
  expect((await service.serve('/internal/erasures', order)).body.erased).toBeGreaterThan(0);
  expect((await service.serve('/internal/erasures', order)).body).toEqual({ erased: 0 });
  const { body } = await service.call(colleague, 'GET', `/workflows/${id}`);
  expect(body.status).toBe('inactive');
  expect(JSON.stringify(body)).not.toContain(user_id);
  expect((await service.call(colleague, 'GET', '/executions')).body.total).toBe(0);
});
