// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventStreamKey } from '../../../kit/events/publish-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { spawnService } from '../../../kit/testing/spawned-service.ts';
import {
  internalKey,
  openService,
  type Stores,
  signIn,
  startStores,
  type TestService,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { consumerGroup } from './event-stream.ts';

let stores: Stores;
let first: TestService;
let second: TestService;
beforeAll(async () => {
  stores = await startStores();
  // Two processes share the events. A process may get the events of a saga that the other one runs.
  first = openService(stores, { start: true });
  second = openService(stores, { start: true });
});
afterAll(async () => {
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(() => stores.target.reset());

it('runs each step of a saga on an event in the stream', async () => {
  const user = await signIn(stores, first);
  const steps = [workspaceStep('one'), workspaceStep('two')];
  const { json } = await user.call('POST', '/saga/start', { pattern: 'choreography', steps });
  await stores.settled();
  expect((await user.call('GET', `/saga/${json.saga_id}`)).json.status).toBe('completed');
  expect(stores.target.log()).toEqual(['POST /workspaces one', 'POST /workspaces two']);
  const redis = openRedis({ url: stores.redis.url, log: createLog({ service: 'test', level: 'silent' }) });
  const entries = (await redis.client.xrange(eventStreamKey, '-', '+')) as [string, string[]][];
  const groups = (await redis.client.xinfo('GROUPS', eventStreamKey)) as unknown[][];
  await redis.close();
  expect(entries.map(([, fields]) => fields[1])).toEqual([
    'pyairtable.choreography.platform-services.execute',
    'pyairtable.choreography.platform-services.step_completed',
    'pyairtable.choreography.platform-services.execute',
    'pyairtable.choreography.platform-services.step_completed',
  ]);
  expect(groups[0]).toContain(consumerGroup);
  expect(JSON.stringify(entries)).not.toContain(user.token);
});

it('lets a step wait for an event of its own tenant, and passes it the data', async () => {
  const user = await signIn(stores, first);
  const stranger = await signIn(stores, first);
  const step = workspaceStep('paid', {
    on: 'order.paid',
    payload: { body: { name: 'order ${event.number}' } },
  });
  const { json } = await user.call('POST', '/saga/start', { pattern: 'choreography', steps: [step] });
  const publish = (who: typeof user, number: number, correlation_id?: string) =>
    who.call('POST', '/events/order.paid', {
      data: { number },
      ...(correlation_id ? { correlation_id } : {}),
    });
  expect((await publish(stranger, 1, json.saga_id)).status).toBe(202);
  expect((await publish(user, 2, '00000000-0000-4000-8000-000000000000')).status).toBe(202);
  expect((await publish(user, 3, json.saga_id)).status).toBe(202);
  await publish(user, 4, json.saga_id);
  await stores.settled();
  expect((await user.call('GET', `/saga/${json.saga_id}`)).json.status).toBe('completed');
  expect(stores.target.log()).toEqual(['POST /workspaces order 3']);
});

it('ends a waiting saga that is cancelled through another process', async () => {
  const user = await signIn(stores, first);
  const elsewhere = await signIn(stores, second, user.claims);
  const steps = [workspaceStep('begun'), workspaceStep('waits', { on: 'never.published' })];
  const called = stores.target.called(({ body }) => body?.name === 'begun');
  const { json } = await user.call('POST', '/saga/start', { pattern: 'choreography', steps });
  await called;
  expect((await elsewhere.call('POST', `/saga/${json.saga_id}/cancel`)).status).toBe(202);
  await stores.settled();
  expect((await user.call('GET', `/saga/${json.saga_id}`)).json.status).toBe('compensated');
});

it('starts a template once per user when its event is published', async () => {
  const user = await signIn(stores, first);
  const welcomed = stores.target.called(({ path }) => path === '/commands');
  for (let time = 0; time < 3; time += 1)
    await user.call('POST', '/events/user.registered', { data: { workspace_name: 'Hello' } });
  await welcomed;
  // The stream is ordered: once this saga completes, all earlier events are handled.
  await user.call('POST', '/saga/start', { pattern: 'choreography', steps: [workspaceStep('last')] });
  await stores.settled();
  await stores.settled();
  expect(stores.target.log().filter((line) => line.includes('Hello'))).toEqual(['POST /workspaces Hello']);
  const { sagas } = (await user.call('GET', '/saga')).json;
  expect(new Set(sagas.map((saga: { type: string | null }) => saga.type))).toEqual(
    new Set([null, 'user_onboarding']),
  );
  expect(sagas).toHaveLength(2);
});

it('rejects a published event whose data does not match the template that it triggers', async () => {
  const user = await signIn(stores, first);
  const path = '/events/user.registered';
  const rejected = await user.call('POST', path, { data: { workspace_name: '' } });
  expect([rejected.status, rejected.json.details[0].loc]).toEqual([422, ['body', 'data', 'workspace_name']]);
  expect((await user.call('GET', '/saga')).json.total).toBe(0);
});

it('uses the grant of an event of a service, and no grant that a user names', async () => {
  const user = await signIn(stores, first);
  const tenantId = user.claims.tenant_id;
  const victim = stores.target.grant('victim');
  await user.call('POST', '/events/user.registered', {
    data: { grant_id: victim, workspace_name: 'Forged' },
  });
  await stores.settled();
  const made = () => stores.target.calls.find(({ path }) => path === '/workspaces');
  expect(made()).toMatchObject({ token: `act-${user.token}`, body: { name: 'Forged' } });
  expect(stores.target.grants.has(victim)).toBe(true);

  stores.target.reset();
  const welcomed = stores.target.called(({ path }) => path === '/commands');
  const registered = (data: object) =>
    first.sagas.publish({
      type: 'user.registered',
      tenantId,
      userId: randomUUID(),
      data: { grant_id: stores.target.grant('new'), role: 'viewer', ...data },
    });
  await registered({ tenant_role: 'user' });
  await welcomed;
  expect(made()).toMatchObject({ token: 'act-new', body: { name: 'First steps' } });

  stores.target.reset();
  const greeted = stores.target.called(({ path }) => path === '/commands');
  await registered({ tenant_role: 'readonly' });
  expect((await greeted).body.payload.body).toBe('Your account is ready.');
  expect(made()).toBeUndefined();
  await stores.settled();
});

it('consumes events in a deployed process', async () => {
  await using deployed = await startStores();
  await using idle = openService(deployed, { launch: false, realTime: true });
  const user = await signIn(deployed, idle);
  const peers = ['PLATFORM_SERVICES', 'AUTOMATION_SERVICES', 'USER_SERVICE', 'AIRTABLE_GATEWAY'];
  const service = await spawnService('saga-service', {
    DATABASE_URL: deployed.postgres.urlOf('saga_service'),
    REDIS_URL: deployed.redis.url,
    INTERNAL_API_KEY: 'k'.repeat(32),
    ...Object.fromEntries(peers.map((name) => [`${name}_URL`, deployed.target.url])),
  });
  const welcomed = deployed.target.called(({ path }) => path === '/commands');
  await idle.sagas.publish({
    type: 'user.registered',
    tenantId: user.claims.tenant_id,
    userId: user.claims.user_id,
    data: { grant_id: deployed.target.grant(user.token) },
  });
  await welcomed;
  expect(await service.end('SIGTERM')).toBe(0);
});

it('rejects a published event of a reserved type', async () => {
  const user = await signIn(stores, first);
  const path = '/events/pyairtable.choreography.platform_services.execute';
  expect((await user.call('POST', path, { data: {} })).status).toBe(422);
});

it('stops and erases the sagas of a deleted account, with its events in the stream', async () => {
  const [user, other] = [await signIn(stores, first), await signIn(stores, first)];
  const waiting = { pattern: 'choreography', steps: [workspaceStep('later', { on: 'never.happens' })] };
  const [gone, kept] = [
    (await user.call('POST', '/saga/start', waiting)).json.saga_id,
    (await other.call('POST', '/saga/start', waiting)).json.saga_id,
  ];
  const { tenant_id, user_id, email } = user.claims;
  const erase = async () => {
    const response = await first.app.inject({
      method: 'POST',
      url: '/internal/erasures',
      headers: { 'x-internal-key': internalKey },
      payload: { tenant_id, user_id, email, whole_tenant: true },
    });
    return response.json();
  };
  await user.call('POST', '/events/some.event', { data: {} });
  expect((await erase()).erased).toBeGreaterThan(1);
  expect(await erase()).toEqual({ erased: 0 });
  expect((await user.call('GET', `/saga/${gone}`)).status).toBe(404);
  expect((await other.call('GET', `/saga/${kept}`)).status).toBe(200);
  const redis = openRedis({ url: stores.redis.url, log: createLog({ service: 'test', level: 'silent' }) });
  expect(JSON.stringify(await redis.client.xrange(eventStreamKey, '-', '+'))).not.toContain(tenant_id);
  await redis.close();
  await other.call('POST', `/saga/${kept}/cancel`, {});
  await stores.settled();
});
