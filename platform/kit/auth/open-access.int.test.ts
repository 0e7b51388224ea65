import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { type KeyServer, startKeyServer } from '../testing/key-server.ts';
import { startTogether } from '../testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../testing/temporary-redis.ts';
import { testClaims } from '../testing/test-claims.ts';
import { createTestSigner, type TestSigner } from '../testing/test-signer.ts';
import { openAccess } from './open-access.ts';
import { publishRevocations } from './revocations.ts';

let redisServer: TemporaryRedis;
let signer: TestSigner;
let keys: KeyServer;
beforeAll(async () => {
  [redisServer, signer] = await startTogether(startTemporaryRedis(), createTestSigner());
  keys = await startKeyServer(signer);
});
afterAll(async () => {
  await keys?.stop();
  await redisServer?.stop();
});

it('accepts tokens of the published keys, rejects revoked sessions, and closes with the service', async () => {
  const closers: (() => Promise<void> | void)[] = [];
  const { redis, authenticate } = openAccess({
    config: {
      JWT_ISSUER: 'pyairtable',
      JWT_AUDIENCE: 'pyairtable-api',
      REDIS_URL: redisServer.url,
      PLATFORM_SERVICES_URL: keys.url,
      INTERNAL_API_KEY: 'k'.repeat(32),
    },
    log: createLog({ service: 'test', level: 'silent' }),
    signal: new AbortController().signal,
    onClose: (close) => closers.push(close),
  });
  const claims = testClaims();
  const token = await signer.sign(claims);
  expect(await authenticate(token)).toMatchObject({ user_id: claims.user_id, tenant_id: claims.tenant_id });

  // The subscription starts some time later; each attempt publishes again.
  await expect
    .poll(async () => {
      await publishRevocations(redis, [claims.session_id], claims.exp);
      return Promise.resolve()
        .then(() => authenticate(token))
        .then(
          () => 'accepted',
          (error: { code?: string }) => error.code,
        );
    })
    .toBe('token_revoked');

  for (const close of closers.reverse()) await close();
  await expect(redis.client.ping()).rejects.toThrow('Connection is closed');
});
