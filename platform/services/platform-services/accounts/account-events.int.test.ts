import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveEvent } from '../../../contracts/live-events/event-types.ts';
import { userStream } from '../../../kit/events/live-event-streams.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import {
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let redis: RedisStore;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  redis = openRedis({ url: service.redisUrl, log: createLog({ service: 'test', level: 'silent' }) });
});
afterAll(async () => {
  await redis?.close();
  await service?.[Symbol.asyncDispose]();
});

/** The events of a user, as the gateway reads them. */
async function eventsOf(userId: string) {
  const rows = await redis.client.xrange(userStream(userId), '-', '+');
  return rows.map(([id, [, event = '']]) => {
    const { type, subject, data } = LiveEvent.parse({ id, ...JSON.parse(event) });
    return { type, subject, data };
  });
}

it('users hear that another session of theirs has ended, and that their rights have changed', async () => {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'analytical engine' };
  const body = { ...credentials, first_name: 'Ada', last_name: 'Lovelace' };
  const { access_token: token, user } = (await service.call('POST', '/auth/register', { body })).json();
  await service.call('POST', '/auth/login', { body: credentials });
  const { sessions } = (await service.call('GET', '/auth/sessions', { token })).json();
  const other = sessions.find(({ current }: { current: boolean }) => !current).id;
  expect((await service.call('DELETE', `/auth/sessions/${other}`, { token })).statusCode).toBe(204);
  const ended = {
    type: 'account.session_ended.v1',
    subject: other,
    data: { session_id: other, reason: 'session_revoked' },
  };
  await expect.poll(() => eventsOf(user.id)).toEqual([ended]);
  const created = await service.call('POST', '/workspaces', { token, body: { name: 'Second' } });
  expect(created.statusCode).toBe(201);
  await expect
    .poll(() => eventsOf(user.id))
    .toEqual([ended, { type: 'account.rights_changed.v1', subject: user.id, data: {} }]);
});
