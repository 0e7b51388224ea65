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

/** The first events of the stream; waits until there are so many. */
async function events(redis: Redis, count: number): Promise<Published[]> {
  const found: Published[] = [];
  let last = '0';
  while (found.length < count) {
    const answer = await redis.xread(
      'COUNT',
      count - found.length,
      'BLOCK',
      0,
      'STREAMS',
      eventStreamKey,
      last,
    );
    for (const [id, fields] of answer?.[0]?.[1] ?? []) {
      const pairs = Array.from({ length: fields.length / 2 }, (_, at) => fields.slice(2 * at, 2 * at + 2));
      found.push(Object.fromEntries(pairs) as Published);
      last = id;
    }
  }
  return found;
}

async function waiting(): Promise<number> {
  const { rows } = await admin.query('select count(*)::int as n from identity.outgoing_events');
  return rows[0].n;
}

it('tells of a registration once, with whom and where it concerns', async () => {
  const { user, workspace_id } = await service.register();
  const second = await service.register();
  const [told, next] = await events(own, 2);
  expect(told).toMatchObject({ type: 'user.registered', user_id: user.id, tenant_id: user.tenant_id });
  expect(JSON.parse(told?.data ?? '')).toEqual({ workspace_id, role: 'owner' });
  expect(next?.user_id).toBe(second.user.id);
  expect(await own.xlen(eventStreamKey)).toBe(2);
});

it('tells nothing of a registration that was refused', async () => {
  const { email } = await service.register();
  const body = { email, password: 'another good password' };
  expect((await service.call('POST', '/auth/register', { body })).statusCode).toBe(409);
  await service.register();
  expect(await events(own, 2)).toHaveLength(2);
  expect(await own.xlen(eventStreamKey)).toBe(2);
});

it('registers while Redis is away, and tells as soon as there is one', async () => {
  const gone: TemporaryRedis = await startTemporaryRedis();
  await using back = await startTemporaryRedis();
  const during = service.another({ REDIS_URL: gone.url });
  await gone.stop();
  const body = { email: `${randomUUID()}@example.com`, password: 'a password of some length' };
  const answer = await during.inject({ method: 'POST', url: '/auth/register', payload: body });
  expect(answer.statusCode).toBe(201);
  // It has tried, and given the event back, when it has closed.
  await during.close();
  expect(await waiting()).toBe(1);
  expect(await own.xlen(eventStreamKey)).toBe(0);

  // A process that starts publishes what another one has left.
  const afterwards = service.another({ REDIS_URL: back.url });
  await afterwards.listen({ port: 0, host: '127.0.0.1' });
  const reader = redisAt(back.url);
  const [told] = await events(reader, 1);
  reader.disconnect();
  expect(told?.user_id).toBe(answer.json().user.id);
  await afterwards.close();
  expect(await waiting()).toBe(0);
});

it('tells of sixty registrations at the same time, each once', async () => {
  const registered = await Promise.all(Array.from({ length: 60 }, () => service.register()));
  const told = await events(own, 60);
  expect(new Set(told.map(({ user_id }) => user_id))).toEqual(new Set(registered.map(({ user }) => user.id)));
  expect(await own.xlen(eventStreamKey)).toBe(60);
});
