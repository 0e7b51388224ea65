// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
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
let user: TestUser;
beforeAll(async () => {
  stores = await startStores();
});
afterAll(async () => {
  await stores?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  stores.target.reset();
  service = openService(stores);
  user = await signIn(stores, service);
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
});

async function start(body: Record<string, unknown>): Promise<string> {
  const { status, json } = await user.call('POST', '/saga/start', body);
  expect([status, json.status]).toEqual([202, 'pending']);
  return json.saga_id;
}
const sagaOf = async (id: string) => (await user.call('GET', `/saga/${id}`)).json;
const stepsOf = async (id: string) => (await user.call('GET', `/saga/${id}/steps`)).json.steps;
const eventsOf = async (id: string) => (await user.call('GET', `/saga/${id}/events`)).json.events;
const statusesOf = async (id: string) => (await stepsOf(id)).map((step: { status: string }) => step.status);

describe('a saga whose steps succeed', () => {
  it('calls them in order with the rights of its user, and passes results on', async () => {
    const second = workspaceStep('second', {
      payload: { body: { name: 'after ${first.name} of ${saga.user_id}' } },
    });
    const id = await start({ steps: [workspaceStep('first'), second], metadata: { why: 'test' } });
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({ status: 'completed', error: null, metadata: { why: 'test' } });
    expect(stores.target.log()).toEqual([
      'POST /workspaces first',
      `POST /workspaces after first of ${user.claims.user_id}`,
    ]);
    for (const call of stores.target.calls)
      expect([call.token, call.internal]).toEqual([`act-${user.token}`, false]);
    expect(await stepsOf(id)).toMatchObject([
      { step_id: 'first', status: 'completed', attempts: 1, result: { name: 'first' } },
      { step_id: 'second', status: 'completed', attempts: 1 },
    ]);
  });

  it('leaves an append-only event log without gaps', async () => {
    const id = await start({ steps: [workspaceStep('only')] });
    await stores.settled();
    const events = await eventsOf(id);
    expect(events.map((event: { version: number; type: string }) => [event.version, event.type])).toEqual([
      [1, 'saga_started'],
      [2, 'saga_running'],
      [3, 'step_started'],
      [4, 'step_completed'],
      [5, 'saga_completed'],
    ]);
    const tenant = { tenantId: user.claims.tenant_id, userId: user.claims.user_id };
    for (const statement of ['update sagas.events set type = $1', 'delete from sagas.events where type = $1'])
      await expect(service.database.tenantQuery(tenant, statement, ['x'])).rejects.toMatchObject({
        code: '42501',
      });
  });

  it('starts once, however often the same request arrives', async () => {
    const saga_id = randomUUID();
    const body = { saga_id, steps: [workspaceStep('once')] };
    await Promise.all(Array.from({ length: 5 }, () => user.call('POST', '/saga/start', body)));
    await stores.settled();
    expect((await user.call('POST', '/saga/start', body)).json).toMatchObject({
      saga_id,
      status: 'completed',
    });
    expect(stores.target.log()).toEqual(['POST /workspaces once']);
    const other = await user.call('POST', '/saga/start', { saga_id, steps: [workspaceStep('other')] });
    expect([other.status, other.json.error]).toEqual([409, 'conflict']);
  });
});

describe('steps that depend on others', () => {
  it('run at the same time, and the last one after both', async () => {
    const both = Promise.withResolvers<undefined>();
    let waiting = 0;
    stores.target.intercept = ({ body }) => {
      if (body?.name !== 'left' && body?.name !== 'right') return undefined;
      waiting += 1;
      if (waiting === 2) both.resolve(undefined);
      return both.promise;
    };
    const last = { depends_on: ['left', 'right'], payload: { body: { name: '${left.name} ${right.name}' } } };
    const id = await start({
      steps: [
        workspaceStep('left', { depends_on: [] }),
        workspaceStep('right', { depends_on: [] }),
        workspaceStep('last', last),
      ],
    });
    await stores.settled();
    expect((await sagaOf(id)).status).toBe('completed');
    expect(stores.target.log()[2]).toBe('POST /workspaces left right');
  });

  it('are skipped when their condition is not met', async () => {
    const when = (name: string) => ({ when: { value: '${first.name}', equals: name } });
    const id = await start({
      steps: [
        workspaceStep('first'),
        workspaceStep('taken', when('first')),
        workspaceStep('other', when('second')),
      ],
    });
    await stores.settled();
    expect((await sagaOf(id)).status).toBe('completed');
    expect(await statusesOf(id)).toEqual(['completed', 'completed', 'skipped']);
    expect(stores.target.log()).toEqual(['POST /workspaces first', 'POST /workspaces taken']);
  });

  it('that ran beside one that failed are undone, too', async () => {
    stores.target.intercept = ({ body }) =>
      body?.name === 'bad' ? errorResponse(409, 'conflict') : undefined;
    const id = await start({
      steps: [workspaceStep('good', { depends_on: [] }), workspaceStep('bad', { depends_on: [] })],
    });
    await stores.settled();
    expect((await sagaOf(id)).status).toBe('compensated');
    expect(await statusesOf(id)).toEqual(['compensated', 'failed']);
  });

  it.each([
    ['an unknown step', { depends_on: ['nobody'] }, 'depends_on'],
    ['itself', { depends_on: ['second'] }, 'depends_on'],
    [
      'a result of a step that may still run',
      { depends_on: [], payload: { body: { name: '${first.id}' } } },
      'payload',
    ],
    [
      'a condition on a step that may still run',
      { depends_on: [], when: { value: '${first.id}', exists: true } },
      'when',
    ],
  ])('are rejected when they use %s', async (_what, change, field) => {
    const steps = [workspaceStep('first'), workspaceStep('second', change)];
    const response = await user.call('POST', '/saga/start', { steps });
    expect([response.status, response.json.details[0].loc.slice(0, 4)]).toEqual([
      422,
      ['body', 'steps', 1, field],
    ]);
  });
});

describe('a step that fails', () => {
  it('is retried with growing delays under the same idempotency key', async () => {
    let failures = 2;
    stores.target.intercept = () => (failures-- > 0 ? errorResponse(503, 'not_ready') : undefined);
    const id = await start({ steps: [workspaceStep('flaky')] });
    for (const delay of [500, 1_000]) {
      await service.clock.sleeping(delay);
      service.clock.advance(delay);
    }
    await stores.settled();
    expect(await stepsOf(id)).toMatchObject([{ status: 'completed', attempts: 3, error: null }]);
    expect(new Set(stores.target.calls.map((call) => call.idempotencyKey))).toEqual(new Set([`${id}:flaky`]));
  });

  it('is not retried after a rejection, and completed steps are undone in reverse order', async () => {
    stores.target.intercept = ({ body }) =>
      body?.name === 'bad' ? errorResponse(403, 'forbidden', 'Not you.') : undefined;
    const steps = [
      workspaceStep('first'),
      workspaceStep('plain', { compensation_action: undefined, compensation_payload: undefined }),
      workspaceStep('second'),
      workspaceStep('bad'),
      workspaceStep('never'),
    ];
    const id = await start({ steps });
    await stores.settled();
    const rows = await stepsOf(id);
    expect(stores.target.log()).toEqual([
      'POST /workspaces first',
      'POST /workspaces plain',
      'POST /workspaces second',
      'POST /workspaces bad',
      `DELETE /workspaces/${rows[2].result.id}`,
      `DELETE /workspaces/${rows[0].result.id}`,
    ]);
    expect(rows.map((row: { status: string }) => row.status)).toEqual([
      'compensated',
      'completed',
      'compensated',
      'failed',
      'skipped',
    ]);
    expect(await sagaOf(id)).toMatchObject({
      status: 'compensated',
      error: 'bad: platform-services.createWorkspace responded with 403: Not you.',
    });
    expect((await user.call('POST', `/saga/${id}/compensate`, { reason: 'again' })).status).toBe(202);
    await stores.settled();
    expect(stores.target.calls).toHaveLength(6);
  });

  it('ends a saga as failed when nothing was done before, and is skipped when it is optional', async () => {
    stores.target.intercept = ({ body }) =>
      body?.name === 'bad' ? errorResponse(409, 'conflict') : undefined;
    const alone = await start({ steps: [workspaceStep('bad')] });
    const optional = await start({
      steps: [workspaceStep('bad', { optional: true }), workspaceStep('good')],
    });
    await stores.settled();
    expect((await sagaOf(alone)).status).toBe('failed');
    expect((await sagaOf(optional)).status).toBe('completed');
    expect(await statusesOf(optional)).toEqual(['skipped', 'completed']);
  });

  it('may report any text as its error', async () => {
    stores.target.intercept = () => errorResponse(409, 'conflict', `a\u0000${'b'.repeat(5_000)}`);
    const id = await start({ steps: [workspaceStep('odd')], metadata: { text: 'a\u0000b' } });
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('409: ab'),
      metadata: { text: 'a\u0000b' },
    });
    const reason = await user.call('POST', `/saga/${id}/compensate`, { reason: 'a\u0000b', force: true });
    expect(reason.status).toBe(409);
  });

  it('names the placeholder that has no value', async () => {
    const step = workspaceStep('second', { payload: { body: { name: '${first.nothing.here}' } } });
    const id = await start({ steps: [workspaceStep('first'), step] });
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({
      status: 'compensated',
      error: 'second: ${first.nothing.here} has no value',
    });
  });

  it('is retried after its timeout', async () => {
    let hang = true;
    stores.target.intercept = () => {
      const response = hang ? new Promise<undefined>(() => undefined) : undefined;
      hang = false;
      return response;
    };
    const called = stores.target.called(() => true);
    const id = await start({ steps: [workspaceStep('slow', { timeout: 7 })] });
    await called;
    service.clock.advance(7_000);
    await service.clock.sleeping(500);
    service.clock.advance(500);
    await stores.settled();
    expect(await stepsOf(id)).toMatchObject([{ status: 'completed', attempts: 2 }]);
    expect(
      (await eventsOf(id)).find((event: { type: string }) => event.type === 'step_attempt_failed').data.error,
    ).toBe('no response within 7 s');
  });
});

describe('a saga that ends early', () => {
  const hangAt = (name: string) => {
    stores.target.intercept = ({ body }) =>
      body?.name === name ? new Promise<undefined>(() => undefined) : undefined;
    return stores.target.called(({ body }) => body?.name === name);
  };

  it('is undone after its timeout', async () => {
    const called = hangAt('slow');
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('slow')], timeout: 60 });
    await called;
    service.clock.advance(60_000);
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({
      status: 'compensated',
      error: 'the saga did not complete within its timeout',
    });
    expect(await stepsOf(id)).toMatchObject([
      { status: 'compensated' },
      { status: 'failed', error: expect.stringContaining('not known') },
    ]);
  });

  it('has the status timeout when nothing has to be undone', async () => {
    const called = hangAt('slow');
    const id = await start({ steps: [workspaceStep('slow')], timeout: 60 });
    await called;
    service.clock.advance(60_000);
    await stores.settled();
    expect((await sagaOf(id)).status).toBe('timeout');
  });

  it('stops during a step when it is cancelled, and is undone', async () => {
    const called = hangAt('slow');
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('slow')] });
    await called;
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(202);
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({ status: 'compensated', error: 'ended on request: cancelled' });
    expect(stores.target.log()[2]).toMatch(/^DELETE/);
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(202);
  });

  it('cannot be cancelled after it completed, and is then undone only with force', async () => {
    const id = await start({ steps: [workspaceStep('first')] });
    await stores.settled();
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(409);
    const compensate = (force: boolean) =>
      user.call('POST', `/saga/${id}/compensate`, { reason: 'changed my mind', force });
    expect((await compensate(false)).status).toBe(409);
    expect((await compensate(true)).json.status).toMatch(/compensat/);
    await stores.settled();
    expect(await sagaOf(id)).toMatchObject({ status: 'compensated', error: 'changed my mind' });
  });
});

describe('compensation that fails', () => {
  it('continues with earlier steps, reports what is left, and finishes when requested again', async () => {
    let broken = true;
    stores.target.intercept = ({ method, body }) => {
      if (body?.name === 'bad') return errorResponse(422, 'validation_failed');
      const first = stores.target.calls.filter((call) => call.method === 'DELETE').length === 1;
      return method === 'DELETE' && broken && first ? errorResponse(409, 'conflict', 'In use.') : undefined;
    };
    const steps = [workspaceStep('first'), workspaceStep('second'), workspaceStep('bad')];
    const id = await start({ steps });
    await stores.settled();
    expect(await statusesOf(id)).toEqual(['compensated', 'completed', 'failed']);
    const saga = await sagaOf(id);
    expect(saga.status).toBe('compensation_failed');
    expect(saga.error).toContain(
      'not undone: second (platform-services.deleteWorkspace responded with 409: In use.)',
    );
    broken = false;
    expect((await user.call('POST', `/saga/${id}/compensate`, { reason: 'once more' })).status).toBe(202);
    await stores.settled();
    expect(await statusesOf(id)).toEqual(['compensated', 'compensated', 'failed']);
    expect((await sagaOf(id)).status).toBe('compensated');
    expect(stores.target.log().filter((line) => line.startsWith('DELETE'))).toHaveLength(3);
    const keys = stores.target.calls
      .filter(({ method }) => method === 'DELETE')
      .map(({ idempotencyKey }) => idempotencyKey);
    // With the key of the rejected request, the service would repeat its response.
    expect(new Set(keys).size).toBe(3);
  });

  it('treats 404 on a deletion as success', async () => {
    stores.target.intercept = ({ method, body }) =>
      method === 'DELETE' || body?.name === 'bad' ? errorResponse(404, 'not_found') : undefined;
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('bad')] });
    await stores.settled();
    expect((await sagaOf(id)).status).toBe('compensated');
  });
});
