import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishRevocations } from '../../../kit/auth/revocations.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { connectSocket } from '../testing/socket-client.ts';
import { internalKey, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;
let gateway: RunningGateway;
const logged: string[] = [];

beforeAll(async () => {
  redis = await startTemporaryRedis();
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  gateway = await startGateway({
    redisUrl: redis.url,
    services: {},
    log: createLog({ service: 'gateway', level: 'trace', destination }),
  });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

async function ask(token: string, path = '/api/websocket/ticket') {
  return gateway.send(path, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

/** The status of the response to an upgrade: 101, or that of the rejection. */
async function upgradeWith(ticket: string): Promise<number> {
  const client = connectSocket(gateway, `?ticket=${ticket}`);
  const rejected = once(client.socket, 'unexpected-response').then(([, response]) => response.statusCode);
  const opened = client.opened().then(() => 101);
  const status = await Promise.race([rejected, opened]);
  client.socket.terminate();
  return status;
}

it('a ticket opens one connection of its user, and no second one', async () => {
  const claims = testClaims();
  const response = await ask(await gateway.token(claims));
  expect([response.status, response.json().expires_in]).toEqual([201, 30]);
  const { ticket } = response.json();
  const client = connectSocket(gateway, `?ticket=${ticket}`);
  await client.opened();
  // Frames that arrive before the ticket is verified wait for it.
  client.send({ type: 'ping' });
  expect(await client.next()).toMatchObject({
    type: 'authenticated',
    user_id: claims.user_id,
    session_id: claims.session_id,
  });
  expect(await client.next()).toMatchObject({ type: 'pong' });
  expect(await upgradeWith(ticket)).toBe(401);
  client.socket.terminate();
});

it('a ticket in the first frame works as well, once', async () => {
  const { ticket } = (await ask(await gateway.token(), '/api/v1/websocket/ticket')).json();
  const clients = [connectSocket(gateway), connectSocket(gateway)] as const;
  for (const client of clients) {
    await client.opened();
    client.send({ type: 'auth', ticket });
  }
  const ends = await Promise.all(
    clients.map((client) =>
      client.next().then(
        (frame) => frame.type,
        (error: Error) => error.message,
      ),
    ),
  );
  expect(ends.sort()).toEqual(['authenticated', 'closed with 1008: authentication failed']);
  for (const client of clients) client.socket.terminate();
});

it('a ticket lasts 30 s, and Redis has only its digest', async () => {
  const { ticket } = (await ask(await gateway.token())).json();
  const admin = new Redis(redis.url.replace('unix://', ''));
  const keys = await admin.keys('socket-ticket:*');
  expect(keys).toHaveLength(1);
  const [key = ''] = keys;
  expect(key).not.toContain(ticket);
  const left = await admin.pttl(key);
  expect(left).toBeGreaterThan(20_000);
  expect(left).toBeLessThanOrEqual(30_000);
  await admin.pexpire(key, 0);
  expect(await upgradeWith(ticket)).toBe(401);
  admin.disconnect();
});

it('a ticket of a session that has ended meanwhile is rejected', async () => {
  const claims = testClaims();
  const { ticket } = (await ask(await gateway.token(claims))).json();
  const store = openRedis({ url: redis.url, log: createLog({ service: 'test', level: 'silent' }) });
  await publishRevocations(store, [claims.session_id], claims.exp);
  await expect.poll(async () => (await ask(await gateway.token(claims))).status).toBe(401);
  expect(await upgradeWith(ticket)).toBe(401);
  await store.close();
});

it('a connection by ticket ends with its session, and only a ticket of the same session extends it', async () => {
  const claims = testClaims();
  const ticketOf = async (token: string) => (await ask(token)).json().ticket;
  const client = connectSocket(gateway, `?ticket=${await ticketOf(await gateway.token(claims))}`);
  await client.next();
  client.send({ type: 'auth', ticket: await ticketOf(await gateway.token(claims)) });
  expect(await client.next()).toMatchObject({ type: 'authenticated', user_id: claims.user_id });
  const other = await gateway.token({ ...claims, session_id: randomUUID() });
  client.send({ type: 'auth', ticket: await ticketOf(other) });
  expect(await client.closed()).toEqual({ code: 1008, reason: 'the token is of another session' });
});

it.each([
  ['no token', undefined, 401],
  ['a token with scopes', { scope: 'assistant:use' }, 403],
])('%s gets no ticket', async (_what, claims, status) => {
  const headers = claims ? { authorization: `Bearer ${await gateway.token(claims)}` } : {};
  expect((await gateway.send('/api/websocket/ticket', { method: 'POST', headers })).status).toBe(status);
});

it('no ticket is ever in the log', async () => {
  const { ticket } = (await ask(await gateway.token())).json();
  expect(await upgradeWith(ticket)).toBe(101);
  expect(await upgradeWith(ticket)).toBe(401);
  // The log works: this request is in it.
  await gateway.send('/api/nothing-here');
  await expect.poll(() => logged.length).toBeGreaterThan(0);
  expect(logged.filter((line) => line.includes(ticket))).toEqual([]);
});

it('counts of the whole gateway are for the internal key, others see their own', async () => {
  const claims = testClaims();
  const token = await gateway.token(claims);
  const clients = [connectSocket(gateway), connectSocket(gateway)];
  for (const client of clients) {
    await client.opened();
    client.send({ type: 'auth', token: await gateway.token(client === clients[0] ? claims : {}) });
    await client.next();
  }
  const own = await gateway.send('/api/websocket/stats', { headers: { authorization: `Bearer ${token}` } });
  expect(own.json()).toMatchObject({ of: 'user', connections: 1, users: 1 });
  const path = '/internal/websocket/stats?of=gateway';
  expect((await gateway.send(path, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
  const all = (await gateway.send(path, { headers: { 'x-internal-key': internalKey } })).json();
  expect(all).toMatchObject({ of: 'gateway' });
  expect(all.connections).toBeGreaterThanOrEqual(2);
  const metrics = await gateway.send('/metrics');
  expect(metrics.text).toMatch(/^websocket_connections\{service="gateway"\} [1-9]/m);
  expect(metrics.text).toContain('websocket_events_sent_total{channel="saga",service="gateway"} 0');
  for (const client of clients) client.socket.terminate();
});
