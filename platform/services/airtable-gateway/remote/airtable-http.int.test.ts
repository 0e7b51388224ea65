import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLog } from '../../../kit/observe/log.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createAirtableHttp } from './airtable-http.ts';
import { createRequestLimit, type RequestLimitOptions } from './request-limit.ts';

const log = createLog({ service: 'test', level: 'silent' });
const { signal } = new AbortController();
let server: Server;
let redisServer: TemporaryRedis;
let redis: Redis;
/** The next responses of the peer. */
let script: {
  status: number;
  body: string;
  headers?: Record<string, string>;
  /** `cut`: the connection ends after the body. `stall`: it stays open. `silent`: there is no response. */
  then?: 'cut' | 'stall' | 'silent';
}[] = [];
let seen: (string | undefined)[] = [];

beforeAll(async () => {
  redisServer = await startTemporaryRedis();
  redis = new Redis({ path: redisServer.url.slice('unix://'.length) });
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const { status, body, headers, then } = script.shift() ?? { status: 500, body: '' };
    if (then === 'silent') return;
    response.writeHead(status, headers);
    if (then === undefined) response.end(body);
    else response.write(body, () => then === 'cut' && response.socket?.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  redis?.disconnect();
  await redisServer?.stop();
});
beforeEach(async () => {
  await redis.flushall();
  seen = [];
});

function http(overrides: Partial<RequestLimitOptions> = {}) {
  const limit = createRequestLimit({
    redis,
    log,
    requests: 5,
    windowMs: 1_000,
    maxWaitMs: 10_000,
    ...overrides,
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createAirtableHttp({ apiUrl, token: 'secret', limit, timeoutMs: 300 });
}

const request = {
  scope: 'app1',
  method: 'GET',
  path: ['app1', 'A/B ü'],
  response: z.object({ ok: z.boolean() }),
  signal,
} as const;

describe('the request limit', () => {
  const limits = { requests: 5, windowMs: 60_000, maxWaitMs: 100 };

  it('admits five requests of all processes and rejects the sixth', async () => {
    const processes = [0, 1].map(() => createRequestLimit({ redis, log, ...limits }));
    for (let index = 0; index < 5; index += 1) await processes[index % 2]?.take('app1', signal);
    for (const limit of processes)
      await expect(limit.take('app1', signal)).rejects.toMatchObject({
        code: 'rate_limited',
        headers: { 'retry-after': expect.stringMatching(/^(5\d|60|61)$/) },
      });
    await processes[0]?.take('app2', signal);
  });

  it('waits until a request may be sent', async () => {
    const waits: number[] = [];
    const limit = createRequestLimit({
      redis,
      log,
      ...limits,
      maxWaitMs: 120_000,
      async wait(ms) {
        waits.push(ms);
        await redis.flushall();
      },
    });
    for (let index = 0; index < 6; index += 1) await limit.take('app1', signal);
    expect(waits).toEqual([expect.any(Number)]);
    expect(waits[0]).toBeGreaterThan(0);
    expect(waits[0]).toBeLessThanOrEqual(60_001);
  });

  it('counts locally while Redis is unavailable', async () => {
    const unavailable = new Redis({
      path: '/nonexistent/redis.sock',
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    unavailable.on('error', () => {});
    const limit = createRequestLimit({ redis: unavailable, log, ...limits });
    for (let index = 0; index < 5; index += 1) await limit.take('app1', signal);
    await expect(limit.take('app1', signal)).rejects.toMatchObject({ code: 'rate_limited' });
    unavailable.disconnect();
  });
});

describe('requests to Airtable', () => {
  it('carry the token and encode the path', async () => {
    script = [{ status: 200, body: '{"ok":true}' }];
    expect(await http()(request)).toEqual({ ok: true });
    expect(seen).toEqual(['GET /v0/app1/A%2FB%20%C3%BC Bearer secret']);
  });

  it('are retried after the pause that a 429 asks for', async () => {
    const waits: number[] = [];
    script = [
      { status: 429, body: '{}', headers: { 'retry-after': '2' } },
      { status: 200, body: '{"ok":true}' },
    ];
    const send = http({
      async wait(ms) {
        waits.push(ms);
        await redis.flushall();
      },
    });
    expect(await send(request)).toEqual({ ok: true });
    expect(waits.length).toBe(1);
    expect(waits[0]).toBeGreaterThan(1_000);
  });

  it('fail at once in all processes when Airtable asks for a long pause', async () => {
    script = [{ status: 429, body: '{}', headers: { 'retry-after': '30' } }];
    const rejection = { code: 'rate_limited', headers: { 'retry-after': '30' } };
    await expect(http()(request)).rejects.toMatchObject(rejection);
    await expect(http()(request)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(seen.length).toBe(1);
  });

  it.each<[string, number, string, object]>([
    ['a rejected platform token', 401, '{"error":"x"}', { code: 'bad_gateway' }],
    ['a missing permission', 403, '{}', { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND' }],
    ['an unknown record', 404, '{"error":"NOT_FOUND"}', { type: 'NOT_FOUND' }],
    [
      'a bad value',
      422,
      '{"error":{"type":"INVALID_VALUE_FOR_COLUMN","message":"no"}}',
      { type: 'INVALID_VALUE_FOR_COLUMN', message: 'no' },
    ],
    ['a page in HTML', 503, '<html>', { name: 'PeerProblem', status: 503 }],
    ['a success without JSON', 200, '<html>', { name: 'PeerProblem' }],
    ['a success of the wrong shape', 200, '{"ok":"yes"}', { name: 'PeerProblem' }],
    ['a body that is too large', 200, JSON.stringify('x'.repeat(17_000_000)), { name: 'PeerProblem' }],
    ['a redirect', 302, '', { name: 'PeerProblem', status: 302 }],
  ])('map %s to a problem', async (_what, status, body, expected) => {
    script = [{ status, body, ...(status === 302 ? { headers: { location: 'http://127.0.0.1:9/' } } : {}) }];
    await expect(http()(request)).rejects.toMatchObject(expected);
  });

  it.each<['cut' | 'stall' | 'silent', object]>([
    ['cut', { name: 'PeerProblem', status: 200, timedOut: false }],
    ['stall', { name: 'PeerProblem', status: 200, timedOut: true }],
    ['silent', { name: 'PeerProblem', timedOut: true }],
  ])('end within the time limit when the response is %s', async (then, expected) => {
    script = [{ status: 200, body: '{"ok":', headers: { 'content-length': '11' }, then }];
    await expect(http()(request)).rejects.toMatchObject(expected);
  });
});
