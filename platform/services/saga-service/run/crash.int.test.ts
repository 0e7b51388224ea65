import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SagaStart } from '../../../contracts/saga-service/sagas.ts';
import { createJournal } from '../store/journal.ts';
import { claimSaga } from '../store/leases.ts';
import {
  openService,
  type Stores,
  signIn,
  startStores,
  type TestService,
  type TestUser,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { LeaseLost } from './saga-signals.ts';

let stores: Stores;
let admin: pg.Client;
beforeAll(async () => {
  stores = await startStores();
  admin = new pg.Client({ connectionString: stores.postgres.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(() => stores.target.reset());

/** Lets the leases of dead processes expire. */
const expireLeases = () =>
  admin.query(`update sagas.sagas set lease_until = now() - interval '1 second' where lease is not null`);

/** Runs a saga in a process of its own and kills the process right after the commit of a step. */
async function killAfter(stopAfter: string, user: TestUser, work: object): Promise<string> {
  const sagaId = randomUUID();
  const task = {
    databaseUrl: stores.postgres.urlOf('saga_service'),
    redisUrl: stores.redis.url,
    targetUrl: stores.target.url,
    sagaId,
    tenantId: user.claims.tenant_id,
    userId: user.claims.user_id,
    token: user.token,
    stopAfter,
    ...work,
  };
  const script = fileURLToPath(new URL('../testing/killable-process.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  if (child.stdout === null) throw new Error('unreachable');
  for await (const line of createInterface(child.stdout)) if (line === 'committed') break;
  child.kill('SIGKILL');
  expect((await exited)[1]).toBe('SIGKILL');
  return sagaId;
}

async function claimAndFinish(service: TestService): Promise<void> {
  await service.sagas.engine.claim();
  await service.sagas.engine.idle();
}

it('resumes a saga that needs no token in another process, each step once', async () => {
  await using service = openService(stores);
  const user = await signIn(stores, service);
  const id = await killAfter('workspace', user, { template: { type: 'user_onboarding', input: {} } });
  await claimAndFinish(service);
  expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('running');
  await expireLeases();
  await claimAndFinish(service);
  expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('completed');
  expect(stores.target.log()).toEqual(['POST /internal/workspaces First steps', 'POST /commands']);
  const { events } = (await user.call('GET', `/saga/${id}/events`)).json;
  expect(events.map((event: { version: number }) => event.version)).toEqual(
    events.map((_: unknown, index: number) => index + 1),
  );
  expect(events.map((event: { type: string }) => event.type)).toContain('saga_resumed');
});

it('reports the lost token, undoes what needs none, and finishes with a new token', async () => {
  await using service = openService(stores);
  const user = await signIn(stores, service);
  const { steps } = SagaStart.parse({ steps: [workspaceStep('first'), workspaceStep('second')] });
  const id = await killAfter('first', user, { steps });
  await expireLeases();
  await claimAndFinish(service);
  const lost = (await user.call('GET', `/saga/${id}`)).json;
  expect(lost.status).toBe('compensation_failed');
  expect(lost.error).toMatch(/^second: platform-services\.createWorkspace needs the access token/);
  expect(stores.target.log()).toEqual(['POST /workspaces first']);
  await user.call('POST', `/saga/${id}/compensate`, { reason: 'finish it' });
  await service.sagas.engine.idle();
  expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('compensated');
  expect(stores.target.log()[1]).toMatch(/^DELETE/);
});

it('undoes the steps of a template with the platform’s own rights after a crash', async () => {
  await using service = openService(stores);
  const user = await signIn(stores, service);
  const id = await killAfter('workspace', user, {
    template: { type: 'workspace_creation', input: { name: 'Mine' } },
  });
  await expireLeases();
  await claimAndFinish(service);
  expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('compensated');
  expect(stores.target.log()).toEqual([
    'POST /internal/workspaces Mine',
    expect.stringMatching(/^DELETE \/internal\/workspaces\//),
  ]);
});

it('lets exactly one process claim each abandoned saga', async () => {
  await using first = openService(stores);
  await using second = openService(stores);
  const user = await signIn(stores, first);
  const ids = [];
  for (let index = 0; index < 3; index += 1)
    ids.push(await killAfter('workspace', user, { template: { type: 'user_onboarding', input: {} } }));
  stores.target.reset();
  await expireLeases();
  await Promise.all([first, second, first, second].map(claimAndFinish));
  expect(stores.target.log()).toEqual(ids.map(() => 'POST /commands'));
  for (const id of ids) expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('completed');
});

it('rejects writes of a process that has lost its lease', async () => {
  await using service = openService(stores);
  const user = await signIn(stores, service);
  const id = await killAfter('workspace', user, { template: { type: 'user_onboarding', input: {} } });
  await expireLeases();
  const stale = await claimSaga(service.database);
  if (stale === undefined) throw new Error('unreachable');
  await expireLeases();
  const journal = createJournal({ database: service.database, clock: service.clock });
  const before = (await user.call('GET', `/saga/${id}/events`)).json;
  const fresh = await claimSaga(service.database);
  expect(fresh?.sagaId).toBe(stale.sagaId);
  const entry = { event: { type: 'saga_completed', data: {} }, saga: { status: 'completed' as const } };
  await expect(journal.record(stale, entry)).rejects.toBeInstanceOf(LeaseLost);
  expect((await user.call('GET', `/saga/${id}/events`)).json).toEqual(before);
  await expireLeases();
  await claimAndFinish(service);
  expect((await user.call('GET', `/saga/${id}`)).json.status).toBe('completed');
});

it('abandons a saga that another process claimed, and releases its leases on close', async () => {
  const user = await (async () => {
    await using service = openService(stores);
    const owner = await signIn(stores, service);
    stores.target.intercept = ({ path }) =>
      path === '/commands' ? new Promise<undefined>(() => undefined) : undefined;
    const called = stores.target.called(({ path }) => path === '/commands');
    await owner.call('POST', '/workflows/user_onboarding/start', { input: {} });
    await called;
    await expireLeases();
    const claimed = await claimSaga(service.database);
    expect(claimed?.userId).toBe(owner.claims.user_id);
    await service.sagas.engine.renew();
    await service.sagas.engine.idle();
    await expireLeases();
    const calledAgain = stores.target.called(({ path }) => path === '/commands');
    await service.sagas.engine.claim();
    await calledAgain;
    const closing = service.sagas.close();
    await service.clock.sleeping(4_000);
    service.clock.advance(4_000);
    await closing;
    return owner;
  })();
  const { rows } = await admin.query('select lease, status from sagas.sagas where tenant_id = $1', [
    user.claims.tenant_id,
  ]);
  expect(rows).toEqual([{ lease: null, status: 'running' }]);
});
