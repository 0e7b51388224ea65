import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { internalKey, mirror, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;
let gateways: RunningGateway[];

beforeAll(async () => {
  redis = await startTemporaryRedis();
  const options = {
    redisUrl: redis.url,
    services: { 'platform-services': mirror('platform-services'), 'user-service': mirror('user-service') },
    env: { RATE_LIMIT_USER: '30/3600' },
  };
  gateways = [await startGateway(options), await startGateway(options)];
});

afterAll(async () => {
  for (const gateway of gateways ?? []) await gateway[Symbol.asyncDispose]();
  await redis?.stop();
});

const gatewayAt = (index: number) => gateways[index % gateways.length] as RunningGateway;

function signIn(index: number, from: string, path = '/api/auth/login', headers = {}) {
  return gatewayAt(index).send(path, { method: 'POST', from, body: '{}', headers });
}

const count = (statuses: number[]) => ({
  passed: statuses.filter((status) => status === 200).length,
  limited: statuses.filter((status) => status === 429).length,
});

it.each([
  ['/api/auth/login', 5, '127.0.1.1'],
  ['/api/auth/register', 3, '127.0.1.2'],
  ['/api/auth/refresh', 10, '127.0.1.3'],
  ['/api/auth/forgot-password', 10, '127.0.1.31'],
  ['/api/auth/reset-password', 10, '127.0.1.32'],
])(
  'accepts requests to %s from one address %i times, over all gateways in parallel',
  async (path, limit, from) => {
    const responses = await Promise.all(
      Array.from({ length: limit + 10 }, (_, index) => signIn(index, from, path as string)),
    );
    expect(count(responses.map(({ status }) => status))).toEqual({ passed: limit, limited: 10 });
  },
);

it('reports what is left and when to retry', async () => {
  const first = await signIn(0, '127.0.1.4');
  expect(first.headers).toMatchObject({
    'ratelimit-limit': '5',
    'ratelimit-remaining': '4',
    'ratelimit-policy': '5;w=900',
  });
  for (let index = 0; index < 4; index += 1) await signIn(0, '127.0.1.4');
  const limited = await signIn(0, '127.0.1.4');
  expect(limited.status).toBe(429);
  expect(limited.json().error).toBe('rate_limited');
  expect(limited.headers['ratelimit-remaining']).toBe('0');
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(890);
});

it('cannot be bypassed with other spellings, aliases or claimed addresses', async () => {
  for (let index = 0; index < 5; index += 1) await signIn(0, '127.0.1.5');
  const attempts = await Promise.all([
    signIn(0, '127.0.1.5', '/api/v1/auth/login'),
    signIn(0, '127.0.1.5', '/api/auth/login?x=1'),
    signIn(0, '127.0.1.5', '/api/auth/login', { 'x-forwarded-for': '192.0.2.1' }),
    signIn(0, '127.0.1.5', '/api/auth/login', { 'x-real-ip': '192.0.2.1', forwarded: 'for=192.0.2.1' }),
    signIn(0, '127.0.1.5', '/api/auth/log%69n'),
    signIn(0, '127.0.1.5', '/api/auth/login/'),
    signIn(0, '127.0.1.5', '/api/auth/LOGIN'),
    signIn(0, '127.0.1.5', '/api//auth/login'),
  ]);
  const statuses = attempts.map(({ status }) => status);
  expect(statuses.slice(0, 6)).toEqual([429, 429, 429, 429, 429, 429]);
  // These spellings are not paths of the route.
  for (const status of statuses.slice(6)) expect([400, 404, 405]).toContain(status);
});

it('counts visitors of the frontend by their own addresses', async () => {
  const as = (address: string) =>
    signIn(0, '127.0.0.1', '/api/auth/login', { 'x-internal-key': internalKey, 'x-forwarded-for': address });
  for (let index = 0; index < 5; index += 1) await as('192.0.2.10');
  expect((await as('192.0.2.10')).status).toBe(429);
  expect((await as('192.0.2.11')).status).toBe(200);
});

it('limits each user over all routes and never exceeds the limit', async () => {
  const headers = { authorization: `Bearer ${await gatewayAt(0).token()}` };
  const responses = await Promise.all(
    Array.from({ length: 45 }, (_, index) =>
      gatewayAt(0).send(index % 2 ? '/api/users/me' : '/api/users', { headers }),
    ),
  );
  expect(count(responses.map(({ status }) => status))).toEqual({ passed: 30, limited: 15 });
  const other = { authorization: `Bearer ${await gatewayAt(0).token()}` };
  expect((await gatewayAt(0).send('/api/users/me', { headers: other })).status).toBe(200);
});

describe('a base', () => {
  const path = (base: string) => `/api/airtable/v0/${base}/People`;
  const start = (env: Record<string, string>) =>
    startGateway({
      redisUrl: redis.url,
      services: { 'airtable-gateway': mirror('airtable-gateway') },
      env,
    });
  const bearerAt = async (gateway: RunningGateway) => ({
    authorization: `Bearer ${await gateway.token()}`,
  });

  it('slows a client down that sends one request after another, and never rejects it', async () => {
    await using gateway = await start({});
    const headers = await bearerAt(gateway);
    const startedAt = performance.now();
    for (let index = 0; index < 9; index += 1)
      expect((await gateway.send(path('appOneAfterOther1'), { headers })).status).toBe(200);
    // Five at once, then one every 200 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(700);
  });

  it('rejects too many requests at once for 30 s, in Airtable’s shape, and no other base', async () => {
    // A turn every 12 s: however slowly the twenty arrive, only five have one.
    await using gateway = await start({ RATE_LIMIT_BASE: '5/60' });
    const headers = await bearerAt(gateway);
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => gateway.send(path('appManyAtOnce0001'), { headers })),
    );
    expect(count(responses.map(({ status }) => status))).toEqual({ passed: 5, limited: 15 });
    const limited = responses.find(({ status }) => status === 429);
    expect(limited?.json()).toEqual({
      error: { type: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' },
    });
    expect(['29', '30']).toContain(limited?.headers['retry-after']);
    const again = await gateway.send(path('appManyAtOnce0001'), { headers });
    expect([again.status, Number(again.headers['retry-after']) > 25]).toEqual([429, true]);
    expect((await gateway.send(path('appAnother0000001'), { headers })).status).toBe(200);
    expect((await gateway.send('/api/airtable/v0/meta/bases', { headers })).status).toBe(200);
    const stranger = { headers: await bearerAt(gateway) };
    expect((await gateway.send(path('appManyAtOnce0001'), stranger)).status).toBe(200);
  });
});

it('counts no sign-ins and registrations of exempt addresses', async () => {
  await using gateway = await startGateway({
    redisUrl: redis.url,
    services: { 'platform-services': mirror('platform-services') },
    env: { RATE_LIMIT_EXEMPT_ADDRESSES: '127.0.0.1, ::1' },
  });
  const statuses = async (from: string, path: string) =>
    count(
      (
        await Promise.all(
          Array.from({ length: 12 }, () => gateway.send(path, { method: 'POST', from, body: '{}' })),
        )
      ).map(({ status }) => status),
    );
  expect(await statuses('127.0.0.1', '/api/auth/register')).toEqual({ passed: 12, limited: 0 });
  expect(await statuses('127.0.0.1', '/api/auth/login')).toEqual({ passed: 12, limited: 0 });
  expect(await statuses('127.0.1.20', '/api/auth/register')).toEqual({ passed: 3, limited: 9 });
});

it('keeps every limit while Redis is down', async () => {
  const lonely = await startTemporaryRedis();
  await using gateway = await startGateway({
    redisUrl: lonely.url,
    services: { 'platform-services': mirror('platform-services') },
  });
  await lonely.stop();
  const statuses: number[] = [];
  for (let index = 0; index < 7; index += 1)
    statuses.push(
      (await gateway.send('/api/auth/login', { method: 'POST', from: '127.0.1.9', body: '{}' })).status,
    );
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
});
