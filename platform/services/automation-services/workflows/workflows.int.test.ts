import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import { startTemporaryAutomation, type TemporaryAutomation } from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

describe('a workflow', () => {
  it('can be stored, read, listed, counted and deleted', async () => {
    const user = await service.user();
    const created = await createWorkflow(service, user, {
      steps: [logStep('hello')],
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
    expect(listed.body).toEqual({
      workflows: [created],
      total: 1,
      total_is_minimum: false,
      page: 1,
      page_size: 20,
      next_cursor: null,
    });
    expect((await service.call(user, 'GET', '/workflows?status=paused')).body.total).toBe(0);
    const stats = await service.call(user, 'GET', '/workflows/stats/summary');
    expect(stats.body).toMatchObject({ workflows: 1, by_status: { active: 1, paused: 0 }, executions: 0 });
    expect((await service.call(user, 'DELETE', `/workflows/${created.id}`)).status).toBe(204);
    expect((await service.call(user, 'GET', `/workflows/${created.id}`)).status).toBe(404);
  });

  it('gets a new version with every change, and rejects a change of any other version', async () => {
    const user = await service.user();
    const { id } = await createWorkflow(service, user, { steps: [logStep('one')] });
    const change = { name: 'Changed', steps: [logStep('two')], status: 'paused', version: 1 };
    const changed = await service.call(user, 'PUT', `/workflows/${id}`, change);
    expect(changed.body).toMatchObject({ name: 'Changed', version: 2, status: 'paused', enabled: true });
    for (const version of [1, 3, 2_147_483_648, Number.MAX_SAFE_INTEGER]) {
      const other = await service.call(user, 'PUT', `/workflows/${id}`, { ...change, version });
      expect(other).toMatchObject({ status: 409, body: { error: 'conflict' } });
    }
    expect((await service.call(user, 'GET', `/workflows/${id}`)).body.version).toBe(2);
  });

  it('has a next run only while it is active', async () => {
    const user = await service.user();
    const triggers = [{ type: 'schedule', cron: '@daily' }];
    const { id } = await createWorkflow(service, user, { steps: [logStep('x')], triggers });
    const next = async (status: string) =>
      (
        await service.call(user, 'PUT', `/workflows/${id}`, {
          name: 'W',
          steps: [logStep('x')],
          triggers,
          status,
        })
      ).body.next_run_at;
    expect(await next('paused')).toBeNull();
    expect(await next('inactive')).toBeNull();
    expect(await next('active')).toBe('2026-03-03T00:00:00.000Z');
  });

  it('cannot run while it is inactive, but can run manually while it is paused', async () => {
    const user = await service.user();
    const execute = async (state: object) => {
      const { id } = await createWorkflow(service, user, { steps: [logStep('x')], ...state });
      return service.call(user, 'POST', `/workflows/${id}/trigger`);
    };
    expect((await execute({ enabled: false })).status).toBe(409);
    expect((await execute({ status: 'inactive' })).status).toBe(409);
    expect((await execute({ status: 'paused' })).status).toBe(202);
  });

  it.each([
    [{ steps: [{ type: 'delay', config: { seconds: -1 } }] }, ['body', 'steps', 0, 'config', 'seconds']],
    [{ steps: [logStep('x'), { type: 'http_request', config: {} }] }, ['body', 'steps', 1, 'config', 'url']],
    [
      {
        steps: [{ type: 'http_request', config: { url: 'https://a.b', headers: { 'X-Internal-Key': 'x' } } }],
      },
      ['body', 'steps', 0, 'config', 'headers', 'X-Internal-Key'],
    ],
    [
      { steps: [{ type: 'http_request', config: { url: 'http://169.254.169.254/latest' } }] },
      ['body', 'steps', 0, 'config', 'url'],
    ],
    [
      { steps: [{ type: 'http_request', config: { url: 'example.com' } }] },
      ['body', 'steps', 0, 'config', 'url'],
    ],
    [
      { steps: [{ type: 'data_transform', config: { expression: 'a[' } }] },
      ['body', 'steps', 0, 'config', 'expression'],
    ],
    [
      { steps: [logStep('x')], triggers: [{ type: 'schedule', cron: '99 * * * *' }] },
      ['body', 'triggers', 0, 'cron'],
    ],
    [{ steps: [{ type: 'shell', config: {} }] }, ['body', 'steps', 0, 'type']],
    [
      { steps: [{ type: 'log', config: { message: 'x', colour: 'red' } }] },
      ['body', 'steps', 0, 'config', 'colour'],
    ],
    [
      { steps: [{ type: 'conditional', config: { left: 1, operator: 'equals', right: 1, when: 'x' } }] },
      ['body', 'steps', 0, 'config', 'when'],
    ],
    [
      { steps: [{ type: 'conditional', config: { expression: 'a', operator: 'equals' } }] },
      ['body', 'steps', 0, 'config', 'operator'],
    ],
    [{ steps: [{ type: 'conditional', config: { left: 1 } }] }, ['body', 'steps', 0, 'config', 'operator']],
    [
      { steps: [{ type: 'conditional', config: { operator: 'exists' } }] },
      ['body', 'steps', 0, 'config', 'left'],
    ],
    [{ steps: [] }, ['body', 'steps']],
    [{ steps: [logStep('x')], enabled: false, status: 'active' }, ['body', 'status']],
  ])('is rejected when it is invalid: %j', async (input, loc) => {
    const response = await service.call(await service.user(), 'POST', '/workflows', { name: 'W', ...input });
    expect(response.status).toBe(422);
    expect(response.body.details.map((detail: { loc: unknown }) => detail.loc)).toContainEqual(loc);
  });

  it.each([
    ['max_bytes', { steps: [logStep('x')], triggers: [{ type: 'file_upload', max_bytes: 10 }] }],
    ['mime_types', { steps: [logStep('x')], triggers: [{ type: 'file_processed', mime_types: [] }] }],
    [
      'timezone',
      { steps: [logStep('x')], triggers: [{ type: 'schedule', cron: '@daily', timezone: 'UTC' }] },
    ],
    ['cron', { steps: [logStep('x')], triggers: [{ type: 'manual', cron: '@daily' }] }],
    ['depends_on', { steps: [{ ...logStep('x'), depends_on: [0] }] }],
    ['continueOnError', { steps: [{ ...logStep('x'), continueOnError: true }] }],
  ])('is rejected with the name of an unknown field: %s', async (field, input) => {
    const user = await service.user();
    const { id } = await createWorkflow(service, user, { steps: [logStep('x')] });
    for (const [method, path, more] of [
      ['POST', '/workflows', {}],
      ['PUT', `/workflows/${id}`, {}],
      ['POST', '/templates', { category: 'own' }],
    ] as const) {
      const response = await service.call(user, method, path, { name: 'W', ...input, ...more });
      expect(response).toMatchObject({ status: 422, body: { error: 'validation_failed' } });
      expect(JSON.stringify(response.body.details)).toContain(field);
    }
  });

  it('may have a placeholder in place of a number', async () => {
    const user = await service.user();
    const steps = [{ type: 'delay', config: { seconds: '{input.seconds}' } }];
    expect(await createWorkflow(service, user, { steps })).toMatchObject({ steps });
  });
});

describe('templates', () => {
  it('of the platform can be used and counted, but not changed', async () => {
    const user = await service.user();
    const { templates } = (await service.call(user, 'GET', '/templates')).body;
    expect(templates.length).toBeGreaterThanOrEqual(4);
    for (const template of templates) {
      const made = await service.call(user, 'POST', `/templates/${template.id}/create-workflow`, {
        name: 'Mine',
      });
      expect(made).toMatchObject({ status: 201, body: { name: 'Mine', steps: template.steps } });
      // Templates must pass the same validation as workflows of users.
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

  it('of a tenant can be stored, changed, found by category and deleted', async () => {
    const user = await service.user();
    const content = { name: 'Greeting', category: 'own', steps: [logStep('hi')] };
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
