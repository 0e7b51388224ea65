import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { openRedis, type RedisStore } from '../redis/redis.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../testing/temporary-redis.ts';
import { followRevocations, publishRevocations } from './revocations.ts';

const log = createLog({ service: 'test', level: 'silent' });
let server: TemporaryRedis;
let store: RedisStore;
beforeAll(async () => {
  server = await startTemporaryRedis();
  store = openRedis({ url: server.url, log });
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

it('learns of sessions revoked before and after the start', async () => {
  const [early, late] = [randomUUID(), randomUUID()];
  await publishRevocations(store, [early], inSeconds(900));
  const followed = followRevocations(store, log);
  await followed.loaded;
  expect(followed.isRevoked(early)).toBe(true);
  expect(followed.isRevoked(late)).toBe(false);
  // The subscription starts some time later; each attempt publishes again.
  await expect
    .poll(async () => {
      await publishRevocations(store, [late], inSeconds(900));
      return followed.isRevoked(late);
    })
    .toBe(true);
  followed.close();
});

it('drops sessions whose tokens have expired', async () => {
  const [old, fresh] = [randomUUID(), randomUUID()];
  await publishRevocations(store, [old], inSeconds(-10));
  await publishRevocations(store, [fresh], inSeconds(900));
  const followed = followRevocations(store, log);
  await followed.loaded;
  expect([followed.isRevoked(old), followed.isRevoked(fresh)]).toEqual([false, true]);
  expect(await store.client.zscore('auth:revoked-sessions', old)).toBeNull();
  followed.close();
});

it('rejects when Redis cannot be reached', async () => {
  const absent = openRedis({ url: 'unix:///nonexistent/redis.sock', log });
  await expect(publishRevocations(absent, [randomUUID()], inSeconds(900))).rejects.toThrow();
  await expect(absent.dependency.check(AbortSignal.timeout(1000))).rejects.toThrow();
  await absent.close();
});
