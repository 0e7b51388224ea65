import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceName } from '../../contracts/service.ts';
import type { ServiceRole } from '../../database/roles.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { type KeyServer, startKeyServer } from '../testing/key-server.ts';
import { type SpawnedService, spawnService } from '../testing/spawned-service.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../testing/temporary-redis.ts';
import { testClaims } from '../testing/test-claims.ts';
import { createTestSigner } from '../testing/test-signer.ts';
import { conventionalPorts, peerVariable } from './config.ts';

interface Call {
  method?: 'POST';
  path: string;
  body?: object;
}

/** Each service with a store, and a request that needs it. */
const users: Partial<Record<ServiceName, { role: ServiceRole; call: Call }>> = {
  'platform-services': {
    role: 'platform_services',
    call: {
      method: 'POST',
      path: '/internal/tokens/exchange',
      body: { token: `pat${'A'.repeat(14)}.${'0'.repeat(64)}` },
    },
  },
  'user-service': { role: 'user_service', call: { path: '/users/me' } },
  'airtable-gateway': { role: 'airtable_gateway', call: { path: '/v0/meta/bases' } },
  'file-service': { role: 'file_service', call: { path: '/files' } },
  'automation-services': { role: 'automation_services', call: { path: '/workflows' } },
  'saga-service': { role: 'saga_service', call: { path: '/saga' } },
  'llm-orchestrator': { role: 'llm_orchestrator', call: { path: '/sessions' } },
};
const withDatabase = Object.keys(users) as (keyof typeof users)[];
const withRedisAlone: readonly ServiceName[] = ['gateway', 'mcp-server'];
const services: readonly ServiceName[] = [...withDatabase, ...withRedisAlone];

const internalKey = 'k'.repeat(32);
const login: Call = {
  method: 'POST',
  path: '/auth/login',
  body: { email: 'nobody@example.com', password: 'some long password' },
};
const startSaga: Call = {
  method: 'POST',
  path: '/workflows/user_registration/start',
  body: { input: { email: 'ada@example.com', password: 'analytical engine', name: 'Ada' } },
};

let database: TemporaryDatabase;
let redis: TemporaryRedis;
let keys: KeyServer;
let authorization: string;
const running = new Map<ServiceName, SpawnedService>();

beforeAll(async () => {
  const signer = await createTestSigner();
  [database, redis, keys] = await Promise.all([
    startTemporaryDatabase(),
    startTemporaryRedis(),
    startKeyServer(signer),
  ]);
  authorization = `Bearer ${await signer.sign(testClaims())}`;
  const env = {
    ...Object.fromEntries(
      Object.keys(conventionalPorts).map((name) => [peerVariable(name), 'http://127.0.0.1:9']),
    ),
    INTERNAL_API_KEY: internalKey,
    REDIS_URL: redis.url,
    PLATFORM_SERVICES_URL: keys.url,
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  await Promise.all(
    services.map(async (name) => {
      const role = users[name]?.role;
      running.set(
        name,
        await spawnService(name, { ...env, ...(role && { DATABASE_URL: database.urlOf(role) }) }),
      );
    }),
  );
}, 60_000);
afterAll(async () => {
  await Promise.all([...running.values()].map((service) => service.end('SIGKILL')));
  await Promise.all([database?.stop(), redis?.stop(), keys?.stop()]);
});

async function send(
  name: ServiceName,
  { method = 'GET', path, body }: Call | { method?: 'GET'; path: string; body?: undefined },
) {
  const response = await fetch(`${running.get(name)?.url}${path}`, {
    method,
    headers: {
      authorization,
      'x-internal-key': internalKey,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  };
}

const callOf = (name: ServiceName) => (users[name] as { call: Call }).call;

/** Statuses of the request of each service; 404 and 401 are answers about rows that are not there. */
async function statuses(names: readonly ServiceName[]) {
  const entries = await Promise.all(
    names.map(async (name) => [name, (await send(name, callOf(name))).status] as const),
  );
  return Object.fromEntries(entries);
}

async function readiness(name: ServiceName) {
  const { status, text } = await send(name, { path: '/ready' });
  const { checks } = JSON.parse(text) as { checks: Record<string, { status: string }> };
  return { status, failed: Object.keys(checks).filter((store) => checks[store]?.status !== 'ok') };
}

describe('services whose PostgreSQL is away', () => {
  it('respond with 503 and a time to wait, name the store, and recover by themselves', {
    timeout: 60_000,
  }, async () => {
    const usual = await statuses(withDatabase);
    for (const status of Object.values(usual)) expect(status).toBeLessThan(500);

    // Some of these are running when the server dies.
    const during = withDatabase.flatMap((name) => Array.from({ length: 10 }, () => send(name, callOf(name))));
    await database.kill();
    for (const { status, text } of await Promise.all(during))
      expect([status, text].join(' ')).toMatch(/^(?:2|4|503 .*not_ready|503 .*SERVICE_UNAVAILABLE)/);

    await Promise.all(
      withDatabase.map(async (name) => {
        const { status, retryAfter, text } = await send(name, callOf(name));
        expect({ name, status, retryAfter }).toEqual({ name, status: 503, retryAfter: '2' });
        expect(text).not.toMatch(/ENOENT|ECONN|pg|postgres|terminat|socket|\.s\.PGSQL/i);
        expect((await send(name, { path: '/health' })).status).toBe(200);
        const failed = expect.arrayContaining(['postgresql']);
        expect({ name, ...(await readiness(name)) }).toEqual({ name, status: 503, failed });
      }),
    );

    await database.start();
    await expect.poll(() => statuses(withDatabase), { timeout: 20_000 }).toEqual(usual);
    // Not one connection of the dead server is left in a pool.
    for (let time = 0; time < 20; time += 1) expect(await statuses(withDatabase)).toEqual(usual);
    // The engine of durable runs connects again by itself, at its own pace.
    for (const name of withDatabase)
      await expect.poll(async () => (await readiness(name)).status, { timeout: 20_000 }).toBe(200);
  });
});

describe('services whose Redis is away', () => {
  it('work without it or respond with 503, name the store, and recover by themselves', {
    timeout: 60_000,
  }, async () => {
    const usual = await statuses(withDatabase);
    expect((await send('platform-services', login)).status).toBe(401);
    await redis.kill();

    await Promise.all(
      services.map(async (name) => {
        expect((await send(name, { path: '/health' })).status).toBe(200);
        expect({ name, ...(await readiness(name)) }).toEqual({ name, status: 503, failed: ['redis'] });
      }),
    );
    // These need no Redis. A list of revoked sessions that was read once stays in force.
    expect(await statuses(withDatabase)).toEqual(usual);
    for (const [name, call] of [
      ['platform-services', login],
      ['saga-service', startSaga],
    ] as const) {
      const { status, retryAfter, text } = await send(name, call);
      expect({ name, status, retryAfter }).toEqual({ name, status: 503, retryAfter: '2' });
      expect(text).not.toMatch(/ENOENT|ECONN|redis|retries|closed|socket/i);
    }

    await redis.start();
    await expect
      .poll(async () => Promise.all(services.map(async (name) => (await readiness(name)).status)), {
        timeout: 20_000,
      })
      .toEqual(services.map(() => 200));
    expect((await send('platform-services', login)).status).toBe(401);
  });
});
