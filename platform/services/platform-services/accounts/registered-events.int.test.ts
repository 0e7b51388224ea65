import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventStreamKey } from '../../../kit/events/publish-event.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import {
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let own: Redis;
let admin: pg.Pool;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  own = redisAt(service.redisUrl);
  admin = new pg.Pool({ connectionString: service.stores.adminUrl });
});
afterAll(async () => {
  own?.disconnect();
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(() => own.del(eventStreamKey));

const redisAt = (url: string) => new Redis({ path: url.replace('unix://', '') });

interface Published {
  type: string;
  tenant_id: string;
  user_id: string;
  data: string;
}

/** The first `count` events of the stream; waits until they have arrived. */
async function events(redis: Redis, count: number): Promise<Published[]> {
  const found: Published[] = [];
  let last = '0';
  while (found.length < count) {
    const response = await redis.xread(
      'COUNT',
      count - found.length,
      'BLOCK',
      0,
      'STREAMS',
      eventStreamKey,
      last,
    );
    for (const [id, fields] of response?.[0]?.[1] ?? []) {
      const pairs = Array.from({ length: fields.length / 2 }, (_, at) => fields.slice(2 * at, 2 * at + 2));
      found.push(Object.fromEntries(pairs) as Published);
      last = id;
    }
  }
  return found;
}

async function unpublished(): Promise<number> {
  const { rows } = await admin.query('select count(*)::int as n from identity.outgoing_events');
  return rows[0].n;
}

it('publishes one event per registration, with its user and workspace', async () => {
  const { user, workspace_id } = await service.register();
  const second = await service.register();
  const [published, next] = await events(own, 2);
  expect(published).toMatchObject({ type: 'user.registered', user_id: user.id, tenant_id: user.tenant_id });
  expect(JSON.parse(published?.data ?? '')).toEqual({
    workspace_id,
    role: 'owner',
    tenant_role: 'user',
    grant_id: expect.any(String),
  });
  expect(next?.user_id).toBe(second.user.id);
  expect(await own.xlen(eventStreamKey)).toBe(2);
});

it('publishes no event for a rejected registration', async () => {
  const { email } = await service.register();
  const body = { email, password: 'another good password' };
  expect((await service.call('POST', '/auth/register', { body })).statusCode).toBe(409);
  await service.register();
  expect(await events(own, 2)).toHaveLength(2);
  expect(await own.xlen(eventStreamKey)).toBe(2);
});

it('registers users while Redis is down, and publishes the event when it is back', async () => {
  const gone: TemporaryRedis = await startTemporaryRedis();
  await using back = await startTemporaryRedis();
  const during = service.another({ REDIS_URL: gone.url });
  await gone.stop();
  const body = { email: `${randomUUID()}@example.com`, password: 'a password of some length' };
  const response = await during.inject({ method: 'POST', url: '/auth/register', payload: body });
  expect(response.statusCode).toBe(201);
  // After closing, the attempt has ended and the event is back in the outbox.
  await during.close();
  expect(await unpublished()).toBe(1);
  expect(await own.xlen(eventStreamKey)).toBe(0);

  // A new process publishes the events that another one left.
  const afterwards = service.another({ REDIS_URL: back.url });
  await afterwards.listen({ port: 0, host: '127.0.0.1' });
  const reader = redisAt(back.url);
  const [published] = await events(reader, 1);
  reader.disconnect();
  expect(published?.user_id).toBe(response.json().user.id);
  await afterwards.close();
  expect(await unpublished()).toBe(0);
});

it('publishes sixty simultaneous registrations once each', async () => {
  const registered = await Promise.all(Array.from({ length: 60 }, () => service.register()));
  const published = await events(own, 60);
  expect(new Set(published.map(({ user_id }) => user_id))).toEqual(
    new Set(registered.map(({ user }) => user.id)),
  );
  expect(await own.xlen(eventStreamKey)).toBe(60);
});
