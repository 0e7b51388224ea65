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
import { refusal } from '../testing/step-target.ts';

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
  const answer = await user.call('POST', '/saga/start', body);
  expect([answer.status, answer.json.status]).toEqual([202, 'pending']);
  return answer.json.saga_id;
}
const sagaOf = async (id: string) => (await user.call('GET', `/saga/${id}`)).json;
const stepsOf = async (id: string) => (await user.call('GET', `/saga/${id}/steps`)).json.steps;
const eventsOf = async (id: string) => (await user.call('GET', `/saga/${id}/events`)).json.events;
const statusesOf = async (id: string) => (await stepsOf(id)).map((step: { status: string }) => step.status);

describe('a saga whose steps succeed', () => {
  it('calls them in order with the rights of who started it, and passes results on', async () => {
    const second = workspaceStep('second', {
      payload: { body: { name: 'after ${first.name} of ${saga.user_id}' } },
    });
    const id = await start({ steps: [workspaceStep('first'), second], metadata: { why: 'test' } });
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({ status: 'completed', error: null, metadata: { why: 'test' } });
    expect(stores.target.log()).toEqual([
      'POST /workspaces first',
      `POST /workspaces after first of ${user.claims.user_id}`,
    ]);
    for (const call of stores.target.calls) expect([call.token, call.internal]).toEqual([user.token, false]);
    expect(await stepsOf(id)).toMatchObject([
      { step_id: 'first', status: 'completed', attempts: 1, result: { name: 'first' } },
      { step_id: 'second', status: 'completed', attempts: 1 },
    ]);
  });

  it('leaves a log without gaps that cannot be changed', async () => {
    const id = await start({ steps: [workspaceStep('only')] });
    await service.sagas.engine.idle();
    const events = await eventsOf(id);
    expect(events.map((event: { version: number; type: string }) => [event.version, event.type])).toEqual([
      [1, 'saga_started'],
      [2, 'saga_running'],
      [3, 'step_started'],
      [4, 'step_completed'],
      [5, 'saga_completed'],
    ]);
    const who = { tenantId: user.claims.tenant_id, userId: user.claims.user_id };
    for (const statement of ['update sagas.events set type = $1', 'delete from sagas.events where type = $1'])
      await expect(service.database.tenantQuery(who, statement, ['x'])).rejects.toMatchObject({
        code: '42501',
      });
  });

  it('is started once, however often the same start arrives', async () => {
    const saga_id = randomUUID();
    const body = { saga_id, steps: [workspaceStep('once')] };
    await Promise.all(Array.from({ length: 5 }, () => user.call('POST', '/saga/start', body)));
    await service.sagas.engine.idle();
    expect((await user.call('POST', '/saga/start', body)).json).toMatchObject({
      saga_id,
      status: 'completed',
    });
    expect(stores.target.log()).toEqual(['POST /workspaces once']);
    const other = await user.call('POST', '/saga/start', { saga_id, steps: [workspaceStep('other')] });
    expect([other.status, other.json.error]).toEqual([409, 'conflict']);
  });
});

describe('a step that fails', () => {
  it('is repeated with growing pauses, under the same key', async () => {
    let failures = 2;
    stores.target.intercept = () => (failures-- > 0 ? refusal(503, 'not_ready') : undefined);
    const id = await start({ steps: [workspaceStep('flaky')] });
    for (const pause of [500, 1_000]) {
      await service.clock.sleeping(pause);
      service.clock.advance(pause);
    }
    await service.sagas.engine.idle();
    expect(await stepsOf(id)).toMatchObject([{ status: 'completed', attempts: 3, error: null }]);
    expect(new Set(stores.target.calls.map((call) => call.idempotencyKey))).toEqual(new Set([`${id}:flaky`]));
  });

  it('is not repeated when it was refused, and what was done is undone in reverse order', async () => {
    stores.target.intercept = ({ body }) =>
      body?.name === 'bad' ? refusal(403, 'forbidden', 'Not you.') : undefined;
    const steps = [
      workspaceStep('first'),
      workspaceStep('plain', { compensation_action: undefined, compensation_payload: undefined }),
      workspaceStep('second'),
      workspaceStep('bad'),
      workspaceStep('never'),
    ];
    const id = await start({ steps });
    await service.sagas.engine.idle();
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
      error: 'bad: platform-services.createWorkspace answered 403: Not you.',
    });
    expect((await user.call('POST', `/saga/${id}/compensate`, { reason: 'again' })).status).toBe(202);
    await service.sagas.engine.idle();
    expect(stores.target.calls).toHaveLength(6);
  });

  it('ends a saga as failed when nothing was done before, and is passed over when it is optional', async () => {
    stores.target.intercept = ({ body }) => (body?.name === 'bad' ? refusal(409, 'conflict') : undefined);
    const alone = await start({ steps: [workspaceStep('bad')] });
    const optional = await start({
      steps: [workspaceStep('bad', { optional: true }), workspaceStep('good')],
    });
    await service.sagas.engine.idle();
    expect((await sagaOf(alone)).status).toBe('failed');
    expect((await sagaOf(optional)).status).toBe('completed');
    expect(await statusesOf(optional)).toEqual(['skipped', 'completed']);
  });

  it('may say anything about itself', async () => {
    stores.target.intercept = () => refusal(409, 'conflict', `a\u0000${'b'.repeat(5_000)}`);
    const id = await start({ steps: [workspaceStep('odd')], metadata: { text: 'a\u0000b' } });
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('409: ab'),
      metadata: { text: 'a\u0000b' },
    });
    const reason = await user.call('POST', `/saga/${id}/compensate`, { reason: 'a\u0000b', force: true });
    expect(reason.status).toBe(409);
  });

  it('fails with the name of what a placeholder did not find', async () => {
    const step = workspaceStep('second', { payload: { body: { name: '${first.nothing.here}' } } });
    const id = await start({ steps: [workspaceStep('first'), step] });
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({
      status: 'compensated',
      error: 'second: there is no ${first.nothing.here}',
    });
  });

  it('is given up after its own time, and repeated', async () => {
    let hang = true;
    stores.target.intercept = () => {
      const answer = hang ? new Promise<undefined>(() => undefined) : undefined;
      hang = false;
      return answer;
    };
    const asked = stores.target.called(() => true);
    const id = await start({ steps: [workspaceStep('slow', { timeout: 7 })] });
    await asked;
    service.clock.advance(7_000);
    await service.clock.sleeping(500);
    service.clock.advance(500);
    await service.sagas.engine.idle();
    expect(await stepsOf(id)).toMatchObject([{ status: 'completed', attempts: 2 }]);
    expect(
      (await eventsOf(id)).find((event: { type: string }) => event.type === 'step_attempt_failed').data.error,
    ).toBe('no answer within 7 s');
  });
});

describe('a saga that is to end early', () => {
  const hangAt = (name: string) => {
    stores.target.intercept = ({ body }) =>
      body?.name === name ? new Promise<undefined>(() => undefined) : undefined;
    return stores.target.called(({ body }) => body?.name === name);
  };

  it('is undone when its time is over', async () => {
    const asked = hangAt('slow');
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('slow')], timeout: 60 });
    await asked;
    service.clock.advance(60_000);
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({
      status: 'compensated',
      error: 'the saga was not complete in its time',
    });
    expect(await stepsOf(id)).toMatchObject([
      { status: 'compensated' },
      { status: 'failed', error: expect.stringContaining('not known') },
    ]);
  });

  it('has the state timeout when nothing was to be undone', async () => {
    const asked = hangAt('slow');
    const id = await start({ steps: [workspaceStep('slow')], timeout: 60 });
    await asked;
    service.clock.advance(60_000);
    await service.sagas.engine.idle();
    expect((await sagaOf(id)).status).toBe('timeout');
  });

  it('stops in the middle of a step when it is cancelled, and is undone', async () => {
    const asked = hangAt('slow');
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('slow')] });
    await asked;
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(202);
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({ status: 'compensated', error: 'ended on request: cancelled' });
    expect(stores.target.log()[2]).toMatch(/^DELETE/);
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(202);
  });

  it('is not cancelled after it has completed, and undone then only by force', async () => {
    const id = await start({ steps: [workspaceStep('first')] });
    await service.sagas.engine.idle();
    expect((await user.call('POST', `/saga/${id}/cancel`)).status).toBe(409);
    const compensate = (force: boolean) =>
      user.call('POST', `/saga/${id}/compensate`, { reason: 'changed my mind', force });
    expect((await compensate(false)).status).toBe(409);
    expect((await compensate(true)).json.status).toMatch(/compensat/);
    await service.sagas.engine.idle();
    expect(await sagaOf(id)).toMatchObject({ status: 'compensated', error: 'changed my mind' });
  });
});

describe('compensation that fails', () => {
  it('goes on with earlier steps, says what is left, and finishes when asked again', async () => {
    let broken = true;
    stores.target.intercept = ({ method, body }) => {
      if (body?.name === 'bad') return refusal(422, 'validation_failed');
      const first = stores.target.calls.filter((call) => call.method === 'DELETE').length === 1;
      return method === 'DELETE' && broken && first ? refusal(409, 'conflict', 'In use.') : undefined;
    };
    const steps = [workspaceStep('first'), workspaceStep('second'), workspaceStep('bad')];
    const id = await start({ steps });
    await service.sagas.engine.idle();
    expect(await statusesOf(id)).toEqual(['compensated', 'completed', 'failed']);
    const saga = await sagaOf(id);
    expect(saga.status).toBe('compensation_failed');
    expect(saga.error).toContain(
      'not undone: second (platform-services.deleteWorkspace answered 409: In use.)',
    );
    broken = false;
    expect((await user.call('POST', `/saga/${id}/compensate`, { reason: 'once more' })).status).toBe(202);
    await service.sagas.engine.idle();
    expect(await statusesOf(id)).toEqual(['compensated', 'compensated', 'failed']);
    expect((await sagaOf(id)).status).toBe('compensated');
    expect(stores.target.log().filter((line) => line.startsWith('DELETE'))).toHaveLength(3);
  });

  it('takes a refusal because there is nothing any more for done', async () => {
    stores.target.intercept = ({ method, body }) =>
      method === 'DELETE' || body?.name === 'bad' ? refusal(404, 'not_found') : undefined;
    const id = await start({ steps: [workspaceStep('first'), workspaceStep('bad')] });
    await service.sagas.engine.idle();
    expect((await sagaOf(id)).status).toBe('compensated');
  });
});
