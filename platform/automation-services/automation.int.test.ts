import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from './testing/temporary-automation.ts';

let service: TemporaryAutomation;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

const log = (message: string) => ({ type: 'log', config: { message } });

async function createWorkflow(user: TestUser, input: object): Promise<{ id: string; version: number }> {
  const { status, body } = await service.call(user, 'POST', '/workflows', { name: 'W', ...input });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

async function run(user: TestUser, workflow: object, input: object = {}) {
  const { id } = await createWorkflow(user, workflow);
  const { status, body } = await service.call(user, 'POST', `/workflows/${id}/execute`, { input });
  expect(status).toBe(202);
  return ended(service, user, body.id);
}

describe('a workflow', () => {
  it('is stored, read, listed, counted and deleted', async () => {
    const user = await service.user();
    const created = await createWorkflow(user, {
      steps: [log('hello')],
      triggers: [{ type: 'schedule', cron: '0 6 * * 1-5', time_zone: 'UTC' }],
    });
    expect(created).toMatchObject({
      tenant_id: user.claims.tenant_id,
      owner_id: user.claims.user_id,
      status: 'active',
      enabled: true,
      version: 1,
      max_retries: 3,
      timeout: 300,
      next_run_at: '2026-03-02T06:00:00.000Z',
    });
    expect((await service.call(user, 'GET', `/workflows/${created.id}`)).body).toEqual(created);
    const listed = await service.call(user, 'GET', '/workflows?status=active');
    expect(listed.body).toEqual({ workflows: [created], total: 1, page: 1, page_size: 20 });
    expect((await service.call(user, 'GET', '/workflows?status=paused')).body.total).toBe(0);
    const stats = await service.call(user, 'GET', '/workflows/stats/summary');
    expect(stats.body).toMatchObject({ workflows: 1, by_status: { active: 1, paused: 0 }, executions: 0 });
    expect((await service.call(user, 'DELETE', `/workflows/${created.id}`)).status).toBe(204);
    expect((await service.call(user, 'GET', `/workflows/${created.id}`)).status).toBe(404);
  });

  it('gets a new version with every change, and refuses a change of an older one', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(user, { steps: [log('one')] });
    const change = { name: 'Changed', steps: [log('two')], status: 'paused', version: 1 };
    const changed = await service.call(user, 'PUT', `/workflows/${id}`, change);
    expect(changed.body).toMatchObject({ name: 'Changed', version: 2, status: 'paused', enabled: true });
    const stale = await service.call(user, 'PUT', `/workflows/${id}`, change);
    expect(stale).toMatchObject({ status: 409, body: { error: 'conflict' } });
    expect((await service.call(user, 'GET', `/workflows/${id}`)).body.version).toBe(2);
  });

  it('has next times only while it is active', async () => {
    const user = await service.user();
    const triggers = [{ type: 'schedule', cron: '@daily' }];
    const { id } = await createWorkflow(user, { steps: [log('x')], triggers });
    const next = async (status: string) =>
      (
        await service.call(user, 'PUT', `/workflows/${id}`, {
          name: 'W',
          steps: [log('x')],
          triggers,
          status,
        })
      ).body.next_run_at;
    expect(await next('paused')).toBeNull();
    expect(await next('inactive')).toBeNull();
    expect(await next('active')).toBe('2026-03-03T00:00:00.000Z');
  });

  it('cannot be run while it is inactive, and can by hand while it is paused', async () => {
    const user = await service.user();
    const execute = async (state: object) => {
      const { id } = await createWorkflow(user, { steps: [log('x')], ...state });
      return service.call(user, 'POST', `/workflows/${id}/trigger`);
    };
    expect((await execute({ enabled: false })).status).toBe(409);
    expect((await execute({ status: 'inactive' })).status).toBe(409);
    expect((await execute({ status: 'paused' })).status).toBe(202);
  });

  it.each([
    [{ steps: [{ type: 'delay', config: { seconds: -1 } }] }, ['body', 'steps', 0, 'config', 'seconds']],
    [{ steps: [log('x'), { type: 'http_request', config: {} }] }, ['body', 'steps', 1, 'config', 'url']],
    [
      {
        steps: [{ type: 'http_request', config: { url: 'https://a.b', headers: { 'X-Internal-Key': 'x' } } }],
      },
      ['body', 'steps', 0, 'config', 'headers', 'X-Internal-Key'],
    ],
    [
      { steps: [{ type: 'data_transform', config: { expression: 'a[' } }] },
      ['body', 'steps', 0, 'config', 'expression'],
    ],
    [
      { steps: [log('x')], triggers: [{ type: 'schedule', cron: '99 * * * *' }] },
      ['body', 'triggers', 0, 'cron'],
    ],
    [{ steps: [{ type: 'shell', config: {} }] }, ['body', 'steps', 0, 'type']],
    [{ steps: [] }, ['body', 'steps']],
    [{ steps: [log('x')], enabled: false, status: 'active' }, ['body', 'status']],
  ])('is refused where it is wrong: %j', async (input, loc) => {
    const answer = await service.call(await service.user(), 'POST', '/workflows', { name: 'W', ...input });
    expect(answer.status).toBe(422);
    expect(answer.body.details.map((detail: { loc: unknown }) => detail.loc)).toContainEqual(loc);
  });

  it('may hold placeholders where a value of another type belongs', async () => {
    const user = await service.user();
    await createWorkflow(user, { steps: [{ type: 'delay', config: { seconds: '{input.seconds}' } }] });
  });
});

describe('an execution', () => {
  it('hands results from step to step and notes what happened', async () => {
    const user = await service.user();
    const execution = await run(
      user,
      {
        steps: [
          log('Hello {input.name}'),
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

  it('stops at the first step that fails, and goes on where that is allowed', async () => {
    const user = await service.user();
    const broken = { type: 'log', config: { message: '{step_9_result}' } };
    const stopped = await run(user, { steps: [broken, log('never')] });
    expect(stopped).toMatchObject({ status: 'failed', steps_executed: 1, steps_failed: 1 });
    expect(stopped.error).toContain('step 9 has no result');
    expect(stopped.steps.map((step: { status: string }) => step.status)).toEqual(['failed', 'skipped']);
    const went = await run(user, { steps: [{ ...broken, continue_on_error: true }, log('still')] });
    expect(went).toMatchObject({
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
    const steps = [{ type: 'conditional', config }, log('a'), log('b')];
    const execution = await run(await service.user(), { steps }, { count });
    expect(execution.status).toBe('completed');
    expect(execution.steps.map((step: { status: string }) => step.status)).toEqual(statuses);
  });

  it('ends at its time limit, whatever its step is doing', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(user, {
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

  it('can be cancelled once, and not afterwards', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(user, {
      steps: [{ type: 'delay', config: { seconds: 200 } }, log('x')],
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
    const execution = await run(await service.user(), { steps: [{ type: 'http_request', config: { url } }] });
    expect(execution.status).toBe('failed');
    expect(execution.steps[0]).toMatchObject({ attempts: 1 });
    expect(execution.steps[0].error).toContain(reason);
  });

  it('tries again with longer and longer waits while its peer cannot be reached', async () => {
    const user = await service.user();
    const step = { type: 'airtable_create', config: { base_id: 'appA', table: 'T', fields: { Name: 'x' } } };
    const { id } = await createWorkflow(user, { steps: [step], max_retries: 2 });
    const { body } = await service.call(user, 'POST', `/workflows/${id}/execute`);
    for (const wait of [1_000, 2_000]) {
      await service.clock.sleeping(wait);
      service.clock.advance(wait);
    }
    const execution = await ended(service, user, body.id);
    expect(execution.steps[0]).toMatchObject({ status: 'failed', attempts: 3 });
    expect(execution.steps[0].error).toContain('airtable-gateway could not be reached');
  });

  it('stores what PostgreSQL’s texts cannot hold without failing', async () => {
    const execution = await run(await service.user(), { steps: [log('a{input.odd}b')] }, { odd: '\u0000' });
    expect(execution.status).toBe('completed');
  });
});

describe('templates', () => {
  it('of the platform can be used and counted, and not be changed', async () => {
    const user = await service.user();
    const { templates } = (await service.call(user, 'GET', '/templates')).body;
    expect(templates.length).toBeGreaterThanOrEqual(4);
    for (const template of templates) {
      const made = await service.call(user, 'POST', `/templates/${template.id}/create-workflow`, {
        name: 'Mine',
      });
      expect(made).toMatchObject({ status: 201, body: { name: 'Mine', steps: template.steps } });
      // What is offered must pass the same checks as what users write.
      const again = await service.call(user, 'PUT', `/workflows/${made.body.id}`, {
        ...made.body,
        version: 1,
      });
      expect(again.status).toBe(200);
    }
    const [first] = templates;
    const usage = await service.call(user, 'GET', `/templates/${first.id}/usage-stats`);
    expect(usage.body).toMatchObject({ template_id: first.id, uses: 1, workflows: 1, executions: 0 });
    expect((await service.call(user, 'GET', `/templates/${first.id}`)).body).toMatchObject({
      uses: 1,
      built_in: true,
    });
    expect((await service.call(user, 'DELETE', `/templates/${first.id}`)).status).toBe(403);
  });

  it('of a tenant are kept, changed, found by category and deleted', async () => {
    const user = await service.user();
    const content = { name: 'Greeting', category: 'own', steps: [log('hi')] };
    const { body: added } = await service.call(user, 'POST', '/templates', content);
    expect(added).toMatchObject({ name: 'Greeting', built_in: false, uses: 0 });
    expect((await service.call(user, 'GET', '/templates?category=own')).body).toMatchObject({
      total: 1,
      templates: [added],
    });
    const { categories } = (await service.call(user, 'GET', '/templates/categories')).body;
    expect(categories).toContainEqual({ name: 'own', templates: 1 });
    const changed = await service.call(user, 'PUT', `/templates/${added.id}`, { ...content, name: 'Other' });
    expect(changed.body.name).toBe('Other');
    const stranger = await service.user();
    expect((await service.call(stranger, 'PUT', `/templates/${added.id}`, content)).status).toBe(404);
    expect((await service.call(user, 'DELETE', `/templates/${added.id}`)).status).toBe(204);
    expect((await service.call(user, 'GET', `/templates/${added.id}`)).status).toBe(404);
  });
});

it('shows and changes nothing of another tenant', async () => {
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
