import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type SpawnedService, spawnService } from '../../../kit/testing/spawned-service.ts';
import {
  internalKey,
  openService,
  type Stores,
  signIn,
  startStores,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { errorResponse } from '../testing/step-target.ts';

let stores: Stores;
beforeAll(async () => {
  stores = await startStores();
});
afterAll(async () => {
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(() => stores.target.reset());

/** The service as its own process, which runs sagas that other processes have stored. */
function spawnSagaService(): Promise<SpawnedService> {
  const peers = ['PLATFORM_SERVICES', 'AUTOMATION_SERVICES', 'USER_SERVICE', 'AIRTABLE_GATEWAY'];
  return spawnService('saga-service', {
    DATABASE_URL: stores.postgres.urlOf('saga_service'),
    REDIS_URL: stores.redis.url,
    INTERNAL_API_KEY: internalKey,
    ...Object.fromEntries(peers.map((name) => [`${name}_URL`, stores.target.url])),
  });
}

/** Holds calls until `release`. Resolves `held` when so many are held. */
function holdCalls(matches: (path: string, name: string | undefined) => boolean, count: number) {
  const gate = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<void>();
  let waiting = 0;
  stores.target.intercept = ({ path, body }) => {
    if (!matches(path, body?.name)) return undefined;
    waiting += 1;
    if (waiting === count) held.resolve();
    return gate.promise;
  };
  return { held: held.promise, release: () => gate.resolve(undefined) };
}

const uniqueKeys = () => new Set(stores.target.calls.map(({ idempotencyKey }) => idempotencyKey));

it('continues 150 sagas of users in another process after a SIGKILL, each effect under one key', async () => {
  await using starter = openService(stores, { launch: false, realTime: true });
  const user = await signIn(stores, starter);
  const doomed = await spawnSagaService();
  const { held } = holdCalls((_path, name) => name === 'third', 100);
  const steps = [workspaceStep('first'), workspaceStep('second'), workspaceStep('third')];
  for (let batch = 0; batch < 15; batch += 1) {
    const started = await Promise.all(
      Array.from({ length: 10 }, () => user.call('POST', '/saga/start', { steps })),
    );
    expect(started.map(({ status }) => status)).toEqual(started.map(() => 202));
  }
  await held;
  expect(await doomed.end('SIGKILL')).toBeNull();
  stores.target.intercept = undefined;
  await using _second = openService(stores, { realTime: true });
  await stores.settled();
  const { rows } = await stores.admin.query(
    'select status, count(*)::int from sagas.sagas where tenant_id = $1 group by status',
    [user.claims.tenant_id],
  );
  expect(rows).toEqual([{ status: 'completed', count: 150 }]);
  expect(uniqueKeys().size).toBe(450);
  // No call was made under a key of its own, and steps that had completed were not called again.
  const again = stores.target.calls.length - 450;
  expect(again).toBeLessThanOrEqual(100);
}, 60_000);

it('continues the onboarding of a new user after a SIGKILL, with the grant of the registration', async () => {
  await using starter = openService(stores, { launch: false, realTime: true });
  const { claims } = await signIn(stores, starter);
  const doomed = await spawnSagaService();
  const { held } = holdCalls((_path, name) => name === 'First steps', 1);
  const grant_id = stores.target.grant('new');
  await starter.sagas.publish({
    type: 'user.registered',
    tenantId: claims.tenant_id,
    userId: claims.user_id,
    data: { grant_id, role: 'owner', tenant_role: 'user' },
  });
  await held;
  expect(await doomed.end('SIGKILL')).toBeNull();
  const called = stores.target.calls.length;
  // The token of the first process has ended.
  let rejected = 0;
  stores.target.intercept = ({ body }) => {
    if (body?.name !== 'First steps' || rejected > 0) return undefined;
    rejected += 1;
    return errorResponse(401, 'token_expired');
  };
  await using _second = openService(stores, { realTime: true });
  await stores.settled();
  const { rows } = await stores.admin.query(
    'select type, status, grant_id from sagas.sagas where tenant_id = $1',
    [claims.tenant_id],
  );
  expect(rows).toEqual([{ type: 'user_onboarding', status: 'completed', grant_id }]);
  expect(rejected).toBe(1);
  expect(stores.target.log().slice(called)).toEqual([
    'POST /workspaces First steps',
    'POST /workspaces First steps',
    expect.stringMatching(/^POST \/commands/),
  ]);
  // One workspace: the receiver knows the key. The grant ends with the saga.
  expect(uniqueKeys().size).toBe(2);
  await expect.poll(() => stores.target.grants.has(grant_id)).toBe(false);
}, 60_000);

it('gives the sagas of a process that ends to another one, without its token', async () => {
  await using starter = openService(stores, { launch: false, realTime: true });
  const user = await signIn(stores, starter);
  const first = await spawnSagaService();
  const { held, release } = holdCalls((_path, name) => name === 'slow', 1);
  const { json } = await user.call('POST', '/saga/start', {
    steps: [workspaceStep('begun'), workspaceStep('slow')],
  });
  await held;
  const ended = first.end('SIGTERM');
  await using _second = openService(stores, { realTime: true });
  expect(await ended).toBe(0);
  release();
  await stores.settled();
  expect((await user.call('GET', `/saga/${json.saga_id}`)).json.status).toBe('completed');
  expect(uniqueKeys().size).toBe(2);
  const events = (await user.call('GET', `/saga/${json.saga_id}/events`)).json.events;
  const types = events.map(({ type }: { type: string }) => type);
  expect(types).toContain('saga_resumed');
  expect(types.filter((type: string) => type === 'step_completed')).toHaveLength(2);
  expect(events.map(({ version }: { version: number }) => version)).toEqual(
    events.map((_event: unknown, index: number) => index + 1),
  );
}, 60_000);

it('lets no earlier execution write once another one has taken the saga', async () => {
  await using first = openService(stores);
  const user = await signIn(stores, first);
  const { held, release } = holdCalls((_path, name) => name === 'slow', 1);
  const { json } = await user.call('POST', '/saga/start', { steps: [workspaceStep('slow')] });
  await held;
  const before = (await user.call('GET', `/saga/${json.saga_id}/events`)).json;
  const taker = '00000000-0000-4000-8000-000000000001';
  await stores.admin.query('update sagas.sagas set holder = $2 where id = $1', [json.saga_id, taker]);
  const looked = first.clock.sleeping(2_000);
  release();
  await looked;
  expect((await user.call('GET', `/saga/${json.saga_id}/events`)).json).toEqual(before);
  await stores.admin.query(`update sagas.sagas set status = 'failed' where id = $1`, [json.saga_id]);
  first.clock.advance(2_000);
});

it('stores a saga even if no process can run it now', async () => {
  const user = await (async () => {
    await using starter = openService(stores, { launch: false, realTime: true });
    const caller = await signIn(stores, starter);
    expect((await caller.call('POST', '/saga/start', { steps: [workspaceStep('later')] })).status).toBe(202);
    return caller;
  })();
  expect(stores.target.calls).toEqual([]);
  await using _other = openService(stores, { realTime: true });
  await stores.settled();
  expect(stores.target.calls.map(({ token }) => token)).toEqual([`act-${user.token}`]);
});
