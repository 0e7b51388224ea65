// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  internalKey,
  openService,
  type Stores,
  signIn,
  startStores,
  type TestService,
  type TestUser,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { errorResponse } from '../testing/step-target.ts';

let stores: Stores;
let service: TestService;
/** A process that takes no saga. */
let full: TestService;
let user: TestUser;
beforeAll(async () => {
  stores = await startStores();
  service = openService(stores);
  full = openService(stores, { maxPerTenant: 0, launch: false });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await full?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  stores.target.reset();
  user = await signIn(stores, service);
});

const sagaOf = async (id: string) => (await user.call('GET', `/saga/${id}`)).json;

/** Runs a saga whose user loses the authority after the step `first`. */
async function loseAfterFirst(steps: object[]): Promise<{ id: string; status: string; error: string }> {
  stores.target.intercept = ({ body }) => {
    if (body?.name === 'first') stores.target.loss = 'user_deactivated';
    return undefined;
  };
  const { json } = await user.call('POST', '/saga/start', { steps });
  await stores.settled();
  const { status, error } = await sagaOf(json.saga_id);
  return { id: json.saga_id, status, error };
}

it('asks for a grant of exactly the routes of the steps, and deletes it at the end', async () => {
  let granted: unknown;
  stores.target.intercept = () => {
    granted = [...stores.target.grants.values()];
    return undefined;
  };
  const steps = [
    workspaceStep('one'),
    { step_id: 'read', service: 'airtable-gateway', action: 'bases', depends_on: ['one'], optional: true },
  ];
  const { json } = await user.call('POST', '/saga/start', { steps });
  await stores.settled();
  expect(granted).toEqual([
    {
      token: user.token,
      run: json.saga_id,
      scopes: ['POST:/workspaces', 'DELETE:/workspaces/:id', 'schema.bases:read'],
      compensation: ['DELETE:/workspaces/:id'],
    },
  ]);
  expect((await sagaOf(json.saga_id)).status).toBe('completed');
  await expect.poll(() => stores.target.grants.size).toBe(0);
});

it('tells that an unfinished saga uses its grant, and an ended one does not', async () => {
  const inUse = async (ids: string[]) => {
    const response = await service.app.inject({
      method: 'POST',
      url: '/internal/grants/in-use',
      headers: { 'x-internal-key': internalKey },
      payload: { tenant_id: user.claims.tenant_id, grant_ids: ids },
    });
    return response.json().in_use;
  };
  let during: unknown;
  let ids: string[] = [];
  stores.target.intercept = async () => {
    ids = [...stores.target.grants.keys()];
    during = await inUse(ids);
    return undefined;
  };
  await user.call('POST', '/saga/start', { steps: [workspaceStep('one')] });
  await stores.settled();
  expect(ids).toHaveLength(1);
  expect([during, await inUse(ids)]).toEqual([ids, []]);
});

it('keeps the grant that a registration brought when its saga cannot be started yet', async () => {
  const saga = {
    tenantId: user.claims.tenant_id,
    userId: user.claims.user_id,
    sagaId: '00000000-0000-4000-8000-00000000000a',
    workspaceId: null,
    definition: { type: null, pattern: 'orchestration', timeout: 60, steps: [] },
    input: {},
    metadata: {},
    secrets: {},
  } as const;
  const { engine } = full.sagas;
  const grantId = '00000000-0000-4000-8000-00000000000b';
  stores.target.grants.set(grantId, {
    token: user.token,
    run: 'user.registered',
    scopes: [],
    compensation: [],
  });
  await expect(engine.begin(saga, { grantId })).rejects.toMatchObject({ code: 'rate_limited' });
  expect([...stores.target.grants.keys()]).toEqual([grantId]);
});

it('makes a new token for each call, so that a saga may last longer than a token', async () => {
  const { json } = await user.call('POST', '/saga/start', {
    steps: [workspaceStep('one'), workspaceStep('two', { retry_attempts: 1 })],
  });
  stores.target.intercept = ({ body }) =>
    body?.name === 'two' && stores.target.calls.filter((call) => call.body?.name === 'two').length === 1
      ? errorResponse(401, 'token_expired')
      : undefined;
  await stores.settled();
  expect((await sagaOf(json.saga_id)).status).toBe('completed');
});

it('stops with the reason when the authority is lost, and deletes what it created as the owner', async () => {
  const { status, error } = await loseAfterFirst([workspaceStep('first'), workspaceStep('second')]);
  expect([status, error]).toEqual([
    'compensated',
    'second: platform-services.createWorkspace: The account of this user is deactivated.',
  ]);
  expect(stores.target.calls.map(({ method, token }) => [method, token])).toEqual([
    ['POST', `act-${user.token}`],
    ['DELETE', `owner-${user.token}`],
  ]);
});

it('deletes as the owner what its user has lost between two mintings', async () => {
  stores.target.intercept = ({ method, token, body }) => {
    if (body?.name === 'second') return errorResponse(422, 'validation_failed');
    if (method !== 'DELETE' || token?.startsWith('owner')) return undefined;
    stores.target.loss = 'not_a_member';
    return errorResponse(403, 'forbidden', 'It exists.');
  };
  const { json } = await user.call('POST', '/saga/start', {
    steps: [workspaceStep('first'), workspaceStep('second')],
  });
  await stores.settled();
  expect((await sagaOf(json.saga_id)).status).toBe('compensated');
  expect(stores.target.calls.at(-1)).toMatchObject({ method: 'DELETE', token: `owner-${user.token}` });
});

it('reports what it created and may not see any more as not undone', async () => {
  stores.target.intercept = ({ method, body }) => {
    if (body?.name === 'second') return errorResponse(422, 'validation_failed');
    return method === 'DELETE' ? errorResponse(403, 'forbidden', 'It exists.') : undefined;
  };
  const { json } = await user.call('POST', '/saga/start', {
    steps: [workspaceStep('first'), workspaceStep('second')],
  });
  await stores.settled();
  const { status, error } = await sagaOf(json.saga_id);
  expect(status).toBe('compensation_failed');
  expect(error).toContain(
    'not undone: first (platform-services.deleteWorkspace responded with 403: It exists.)',
  );
});

it('lets the owner’s rights delete nothing but what the saga created', async () => {
  const other = { compensation_payload: { params: { id: '00000000-0000-4000-8000-000000000009' } } };
  const { id, status, error } = await loseAfterFirst([
    workspaceStep('first', other),
    workspaceStep('second'),
  ]);
  expect(status).toBe('compensation_failed');
  expect(error).toContain('not undone: first (platform-services.deleteWorkspace');
  expect(stores.target.calls.map(({ method }) => method)).toEqual(['POST']);
  stores.target.loss = undefined;
  stores.target.intercept = undefined;
  expect((await user.call('POST', `/saga/${id}/compensate`, { reason: 'active again' })).status).toBe(202);
  await stores.settled();
  expect((await sagaOf(id)).status).toBe('compensated');
});

it('starts nothing when platform-services stores no grant', async () => {
  stores.target.refuseGrants = errorResponse(403, 'authority_lost', 'Narrowed.', [
    { type: 'token_narrowed', loc: ['grant'], msg: 'Narrowed.' },
  ]);
  const response = await user.call('POST', '/saga/start', { steps: [workspaceStep('one')] });
  expect([response.status, response.json.error]).toEqual([403, 'authority_lost']);
  expect((await user.call('GET', '/saga')).json.total).toBe(0);
});
