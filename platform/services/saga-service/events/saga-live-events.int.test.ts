import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveEvent } from '../../../contracts/live-events/event-types.ts';
import { workspaceStream } from '../../../kit/events/live-event-streams.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import {
  openService,
  type Stores,
  signIn,
  startStores,
  type TestService,
  workspaceStep,
} from '../testing/saga-fixture.ts';
import { errorResponse } from '../testing/step-target.ts';

let stores: Stores;
let service: TestService;
let redis: RedisStore;
beforeAll(async () => {
  stores = await startStores();
  service = openService(stores);
  redis = openRedis({ url: stores.redis.url, log: createLog({ service: 'test', level: 'silent' }) });
});
afterAll(async () => {
  await redis?.close();
  await service?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});

it('members of the workspace hear of the steps of a saga, of its compensation and of its end', async () => {
  const user = await signIn(stores, service);
  stores.target.intercept = ({ body }) => (body?.name === 'bad' ? errorResponse(409, 'conflict') : undefined);
  const steps = [workspaceStep('good'), workspaceStep('bad')];
  const { json } = await user.call('POST', '/saga/start', { steps });
  await stores.settled();
  const saga = (await user.call('GET', `/saga/${json.saga_id}`)).json;
  const read = async () =>
    (await redis.client.xrange(workspaceStream(saga.workspace_id), '-', '+'))
      .map(([id, [, event = '']]) => LiveEvent.parse({ id, ...JSON.parse(event) }))
      .filter(({ subject }) => subject === json.saga_id);
  await expect.poll(async () => (await read()).at(-1)?.type).toBe('saga.finished.v1');
  const events = await read();
  expect(events.map(({ type, data }) => [type, data.step_id, data.status])).toEqual([
    ['saga.started.v1', undefined, undefined],
    ['saga.step_finished.v1', 'good', 'completed'],
    ['saga.step_finished.v1', 'bad', 'failed'],
    ['saga.compensation_started.v1', undefined, undefined],
    ['saga.step_finished.v1', 'good', 'compensated'],
    ['saga.finished.v1', undefined, 'compensated'],
  ]);
  expect(events[0]?.data).toEqual({ saga_id: json.saga_id, saga_type: null, steps: 2 });
});
