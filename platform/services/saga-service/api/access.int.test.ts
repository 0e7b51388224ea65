// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sagaService } from '../../../contracts/saga-service/contract.ts';
import { TokenScope } from '../../../contracts/token-scope.ts';
import {
  openService,
  type Stores,
  signIn,
  startStores,
  type TestService,
  type TestUser,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { errorResponse, type TargetResponse } from '../testing/step-target.ts';

let stores: Stores;
let service: TestService;
let user: TestUser;
beforeAll(async () => {
  stores = await startStores();
  service = openService(stores, { maxConcurrent: 3, maxPerTenant: 12 });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  stores.target.reset();
  user = await signIn(stores, service);
});

it('reports its name, and is ready while its stores respond', async () => {
  expect((await user.call('GET', '/health')).json).toMatchObject({ status: 'ok', service: 'saga-service' });
  expect((await user.call('GET', '/ready')).status).toBe(200);
});

describe('a personal access token', () => {
  const id = randomUUID();
  const routes = [
    ['POST', '/saga/start', 'sagas:write'],
    ['GET', '/saga', 'sagas:read'],
    ['GET', `/saga/${id}`, 'sagas:read'],
    ['GET', `/saga/${id}/steps`, 'sagas:read'],
    ['GET', `/saga/${id}/events`, 'sagas:read'],
    ['POST', `/saga/${id}/cancel`, 'sagas:write'],
    ['POST', `/saga/${id}/compensate`, 'sagas:write'],
    ['GET', '/workflows/templates', 'sagas:read'],
    ['POST', '/workflows/data_sync/start', 'sagas:write'],
    ['POST', '/events/x.happened', 'sagas:write'],
  ] as const;

  it('is tested on every route for users', () => {
    const ofUsers = Object.values(sagaService.routes).filter(({ access }) => access === 'user');
    expect(routes).toHaveLength(ofUsers.length);
  });

  it.each(routes)('needs for %s %s the scope %s', async (method, path, scope) => {
    const all = TokenScope.options;
    const without = all.filter((one) => one !== scope).join(' ');
    const lacking = await signIn(stores, service, { scope: without });
    const rejected = await lacking.call(method, path, method === 'POST' ? {} : undefined);
    expect([rejected.status, rejected.json.message]).toEqual([403, `The token needs the scope ${scope}.`]);
    const having = await signIn(stores, service, { scope });
    expect((await having.call(method, path, method === 'POST' ? {} : undefined)).status).not.toBe(403);
  });

  it('starts a saga with a grant that its scopes cover, and none where platform-services finds them narrower', async () => {
    const { call, token } = await signIn(stores, service, { scope: 'sagas:write sagas:read' });
    const steps = [workspaceStep('one')];
    stores.target.refuseGrants = errorResponse(
      403,
      'forbidden',
      'The token lacks the scope POST:/workspaces.',
    );
    const rejected = await call('POST', '/saga/start', { steps });
    expect([rejected.status, rejected.json.message]).toEqual([
      403,
      'The token lacks the scope POST:/workspaces.',
    ]);
    expect((await call('GET', '/saga')).json.total).toBe(0);
    stores.target.refuseGrants = undefined;
    const { json } = await call('POST', '/saga/start', { steps });
    expect([...stores.target.grants.values()]).toMatchObject([{ token, run: json.saga_id }]);
    await stores.settled();
  });
});

describe('the validation of steps', () => {
  const tooDeep = JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`);
  it.each([
    ['an internal route', { action: 'deleteUser' }, 'action'],
    ['an internal route as compensation', { compensation_action: 'deleteUser' }, 'compensation_action'],
    ['a public route, which is limited at the gateway', { action: 'login' }, 'action'],
    ['a route that handles secrets', { action: 'changePassword' }, 'action'],
    ['an inherited name', { action: 'constructor' }, 'action'],
    ['a route of the saga service itself', { service: 'saga-service', action: 'start' }, 'action'],
    ['the gateway', { service: 'gateway', action: 'health' }, 'action'],
    ['an address instead of a service', { service: 'http://example.com' }, 'service'],
    ['a route that does not use JSON', { service: 'file-service', action: 'upload' }, 'action'],
    ['a payload that the route rejects', { payload: { body: { name: '' } } }, 'payload'],
    ['a placeholder of a later step', { payload: { body: { name: '${later.id}' } } }, 'payload'],
    ['a placeholder of its own result', { payload: { body: { name: '${result.id}' } } }, 'payload'],
    [
      'a placeholder of an event it does not wait for',
      { payload: { body: { name: '${event.id}' } } },
      'payload',
    ],
    ['a payload that is nested too deeply', { payload: { body: tooDeep } }, 'payload'],
    ['a reserved id', { step_id: 'saga' }, 'step_id'],
    ['a trigger without choreography', { on: 'x.happened' }, 'on'],
  ])('rejects %s', async (_case, change, field) => {
    const response = await user.call('POST', '/saga/start', { steps: [workspaceStep('step', change)] });
    expect(response.status).toBe(422);
    expect(response.json.details[0].loc.slice(0, 4)).toEqual(['body', 'steps', 0, field]);
    expect(stores.target.calls).toEqual([]);
  });

  it('rejects two steps with the same id', async () => {
    const steps = [workspaceStep('twice'), workspaceStep('twice')];
    expect((await user.call('POST', '/saga/start', { steps })).status).toBe(422);
  });

  it.each(['parallel', 'when', 'depends_on', 'retries', 'service_url', 'trusted', 'expect', 'keep'])(
    'rejects a step with the unknown field %s',
    async (field) => {
      const steps = [workspaceStep('step', { [field]: true })];
      const response = await user.call('POST', '/saga/start', { steps });
      expect([response.status, response.json.error]).toEqual([422, 'validation_failed']);
      expect(JSON.stringify(response.json.details)).toContain(field);
      expect(stores.target.calls).toEqual([]);
    },
  );

  it.each([
    ['a saga', '/saga/start', { steps: [workspaceStep('step')], retry_attempts: 3 }, 'retry_attempts'],
    ['the start of a template', '/workflows/data_sync/start', { inputs: {} }, 'inputs'],
    [
      'the input of a template',
      '/workflows/user_onboarding/start',
      { input: { workspace: 'x' } },
      'workspace',
    ],
    ['an event', '/events/x.happened', { correlationId: randomUUID() }, 'correlationId'],
  ])('rejects %s with an unknown field', async (_what, path, body, field) => {
    const response = await user.call('POST', path, body);
    expect([response.status, response.json.error]).toEqual([422, 'validation_failed']);
    expect(JSON.stringify(response.json.details)).toContain(field);
  });

  it('rejects a call with a parameter that its route does not have', async () => {
    for (const [part, field] of [
      ['body', 'nmae'],
      ['query', 'pagesize'],
    ] as const) {
      const steps = [
        part === 'body'
          ? workspaceStep('step', { payload: { body: { name: 'x', [field]: '${saga.id}' } } })
          : workspaceStep('step', {
              action: 'list',
              service: 'user-service',
              payload: { query: { [field]: 1 } },
            }),
      ];
      const response = await user.call('POST', '/saga/start', { steps });
      expect([response.status, response.json.details[0].loc]).toEqual([
        422,
        ['body', 'steps', 0, 'payload', part, field],
      ]);
    }
  });

  it('does not let a request set `trusted`', async () => {
    const steps = [workspaceStep('step', { trusted: true, action: 'createWorkspaceFor' })];
    expect((await user.call('POST', '/saga/start', { steps })).status).toBe(422);
  });
});

describe('the sagas of other users', () => {
  async function started(): Promise<string> {
    const { json } = await user.call('POST', '/saga/start', { steps: [workspaceStep('mine')] });
    await stores.settled();
    return json.saga_id;
  }
  const actions = [
    ['GET', '/steps'],
    ['GET', '/events'],
    ['POST', '/cancel'],
    ['POST', '/compensate', { reason: 'malice', force: true }],
  ] as const;

  it('do not exist for another tenant', async () => {
    const id = await started();
    const stranger = await signIn(stores, service);
    for (const [method, path, body] of [['GET', ''] as const, ...actions])
      expect((await stranger.call(method, `/saga/${id}${path}`, body)).status).toBe(404);
    expect((await stranger.call('GET', '/saga')).json).toMatchObject({ sagas: [], total: 0 });
    const same = await stranger.call('POST', '/saga/start', {
      saga_id: id,
      steps: [workspaceStep('theirs')],
    });
    expect([same.status, same.json.tenant_id]).toEqual([202, stranger.claims.tenant_id]);
    await stores.settled();
  });

  it('are visible within the tenant, but their results and actions are not', async () => {
    const id = await started();
    const colleague = await signIn(stores, service, { tenant_id: user.claims.tenant_id });
    expect((await colleague.call('GET', `/saga/${id}`)).json.started_by).toBe(user.claims.user_id);
    expect((await colleague.call('GET', '/saga?status=completed')).json).toMatchObject({ total: 1 });
    expect((await colleague.call('GET', '/saga?status=failed')).json).toMatchObject({ total: 0, sagas: [] });
    for (const [method, path, body] of actions)
      expect((await colleague.call(method, `/saga/${id}${path}`, body)).status).toBe(403);
  });

  it('are hidden from the service’s database role without their tenant', async () => {
    await started();
    for (const table of ['sagas', 'steps', 'events']) {
      expect((await service.database.query(`select 1 from sagas.${table}`)).rowCount).toBe(0);
      const other = { tenantId: randomUUID(), userId: randomUUID() };
      expect((await service.database.tenantQuery(other, `select 1 from sagas.${table}`)).rowCount).toBe(0);
    }
  });
});

it('limits the number of concurrent sagas and runs the others later', async () => {
  let running = 0;
  let maxRunning = 0;
  const held: (() => void)[] = [];
  const three = Promise.withResolvers<void>();
  stores.target.intercept = () =>
    new Promise((resolve) => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      held.push(() => {
        running -= 1;
        resolve(undefined);
      });
      if (held.length === 3) three.resolve();
      else if (held.length > 3) held.at(-1)?.();
    });
  for (let index = 0; index < 12; index += 1)
    expect((await user.call('POST', '/saga/start', { steps: [workspaceStep(`n${index}`)] })).status).toBe(
      202,
    );
  const rejected = await user.call('POST', '/saga/start', { steps: [workspaceStep('one_too_many')] });
  expect([rejected.status, rejected.json.error]).toEqual([429, 'rate_limited']);
  await three.promise;
  for (const release of held.slice(0, 3)) release();
  await stores.settled();
  expect(maxRunning).toBe(3);
  expect((await user.call('GET', '/saga?status=completed')).json.total).toBe(12);
});

describe('the registration of a user', () => {
  const input = { email: 'new@example.com', password: 'a very secret password', name: 'New' };
  const account = { id: randomUUID(), tenant_id: randomUUID(), email: input.email };
  const at = '2025-08-07T12:00:00.000Z';
  /** Responds as platform-services and user-service do. */
  function respond({
    method,
    path,
    body,
  }: {
    method: string;
    path: string;
    body: unknown;
  }): TargetResponse | undefined {
    if (path === '/auth/register') {
      const names = { name: 'New', first_name: null, last_name: null };
      const state = { role: 'user', is_active: true, email_verified: false, created_at: at };
      const whole = { ...account, ...names, ...state };
      const tokens = {
        access_token: 'secret-a',
        refresh_token: 'secret-r',
        token_type: 'Bearer',
        expires_in: 9,
      };
      return { status: 201, body: { ...tokens, user: whole, workspace_id: null } };
    }
    if (method === 'POST' && path === '/internal/users') {
      const names = { first_name: null, last_name: null, avatar_url: null, bio: null, phone: null };
      const rest = { role: 'user', preferences: {}, created_at: at, updated_at: at };
      return { status: 201, body: { ...(body as object), ...names, ...rest } };
    }
    return undefined;
  }
  const start = () => user.call('POST', '/workflows/user_registration/start', { input });

  it('creates account and profile, and stores neither password nor tokens', async () => {
    stores.target.intercept = respond;
    const { status, json } = await start();
    expect(status).toBe(202);
    await stores.settled();
    expect(stores.target.calls.map((call) => call.path)).toEqual([
      '/auth/register',
      '/internal/users',
      '/commands',
    ]);
    expect(stores.target.calls[0]?.body.password).toBe(input.password);
    const tenant = { tenantId: user.claims.tenant_id, userId: user.claims.user_id };
    const stored: unknown[] = [];
    for (const table of ['sagas', 'steps', 'events'])
      stored.push(...(await service.database.tenantQuery(tenant, `select * from sagas.${table}`)).rows);
    expect(stored.length).toBeGreaterThan(3);
    expect(JSON.stringify(stored)).not.toMatch(/very secret|secret-[ar]/);
    const steps = (await user.call('GET', `/saga/${json.saga_id}/steps`)).json.steps;
    expect(steps[0].result.user).toMatchObject(account);
  });

  it('deletes the account when the profile cannot be created', async () => {
    stores.target.intercept = (call) =>
      call.path === '/internal/users' ? errorResponse(409, 'conflict') : respond(call);
    const { json } = await start();
    await stores.settled();
    expect((await user.call('GET', `/saga/${json.saga_id}`)).json.status).toBe('compensated');
    expect(stores.target.log().at(-1)).toBe(`DELETE /internal/users/${account.id}`);
  });

  it('is limited per hour, as at the gateway', async () => {
    stores.target.intercept = respond;
    const statuses = [];
    for (let time = 0; time < 4; time += 1) statuses.push((await start()).status);
    expect(statuses).toEqual([202, 202, 202, 429]);
    await stores.settled();
  });

  it('rejects an input that does not match the template, and an unknown template', async () => {
    const rejected = await user.call('POST', '/workflows/user_registration/start', { input: { email: 'x' } });
    expect([rejected.status, rejected.json.details[0].loc]).toEqual([422, ['body', 'input', 'email']]);
    expect((await user.call('POST', '/workflows/nothing/start', { input: {} })).status).toBe(404);
  });
});
