import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';
import { socketEventsChannel } from './user-events.ts';

const userId = '3f2a7a52-0000-4000-8000-000000000003';
let redis: TemporaryRedis;
let gateway: RunningGateway;

beforeAll(async () => {
  redis = await startTemporaryRedis();
  gateway = await startGateway({ redisUrl: redis.url, services: {}, env: { BREAKER_FAILURES: '1' } });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

function connect(query = '', headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws${query}`, { headers });
  socket.on('error', () => {});
  return {
    socket,
    opened: () => once(socket, 'open'),
    send: (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next: async () => JSON.parse(String((await once(socket, 'message'))[0])),
    closed: async () => (await once(socket, 'close'))[0] as number,
  };
}

async function signedIn(query = '', claims: { user_id?: string } = {}) {
  const client = connect(query);
  await client.opened();
  client.send({ type: 'auth', token: await gateway.token(claims) });
  return { ...client, welcome: await client.next() };
}

describe('a WebSocket client', () => {
  it('is authenticated by its token and gets responses', async () => {
    const client = await signedIn('?session_id=chat-1', { user_id: userId });
    expect(client.welcome).toEqual({ type: 'authenticated', session_id: 'chat-1', user_id: userId });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.send('{"type":');
    expect(await client.next()).toMatchObject({ type: 'error', error: 'malformed_request' });
    client.send({ type: 'subscribe', channel: 'nonsense' });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'not_found' });
    client.socket.close();
  });

  it('gets no subprotocol, because the gateway speaks none', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({
        port: gateway.port,
        host: '127.0.0.1',
        path: `${gateway.url}/ws`,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-protocol': 'graphql-ws, mqtt',
        },
      });
      outgoing.once('upgrade', (upgraded, socket) => {
        socket.destroy();
        resolve(upgraded);
      });
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.end();
    });
    expect(response.statusCode).toBe(101);
    expect(response.headers).not.toHaveProperty('sec-websocket-protocol');
    expect(response.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it.each([
    ['a forged token', { type: 'auth', token: 'forged' }],
    ['another frame first', { type: 'ping' }],
    ['nonsense', 'nonsense'],
  ])('is disconnected for %s', async (_what, frame) => {
    const client = connect();
    await client.opened();
    client.send(frame);
    expect(await client.closed()).toBe(1008);
  });

  it('may open five connections for one session, not six', async () => {
    const user = { user_id: userId };
    const five = await Promise.all([1, 2, 3, 4, 5].map(() => signedIn('?session_id=many', user)));
    const sixth = connect('?session_id=many');
    await sixth.opened();
    sixth.send({ type: 'auth', token: await gateway.token(user) });
    expect(await sixth.closed()).toBe(1008);
    for (const client of five) client.socket.close();
  });

  it('is disconnected for too many or too long messages', async () => {
    const chatty = await signedIn();
    for (let count = 0; count < 101; count += 1) chatty.send({ type: 'ping' });
    expect(await chatty.closed()).toBe(1008);
    const long = await signedIn();
    long.send('x'.repeat(20_000));
    expect(await long.closed()).toBe(1009);
  });

  it.each([
    ['from a page of another site', '', { origin: 'http://evil.example' }, 403],
    ['with an invalid session', '?session_id=%00', {}, 400],
  ])('%s is rejected before the handshake', async (_what, query, headers, status) => {
    const client = connect(query, headers as Record<string, string>);
    const [, response] = await once(client.socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    client.socket.terminate();
  });

  it('from a page of an allowed origin is accepted', async () => {
    const client = connect('', { origin: 'http://localhost:3000' });
    await client.opened();
    client.socket.close();
  });

  it('finds no WebSocket on other paths', async () => {
    const response = await gateway.send('/api/users/me', {
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    expect(response.status).toBe(401);
  });
});

describe('events', () => {
  it('reach only their user, on subscribed channels', async () => {
    const mine = await signedIn('?session_id=a', { user_id: userId });
    const other = await signedIn('?session_id=a');
    for (const client of [mine, other]) {
      client.send({ type: 'subscribe', channel: 'chat_stream' });
      await client.next();
    }
    const heard: unknown[] = [];
    other.socket.on('message', (data) => heard.push(JSON.parse(String(data))));
    const publisher = new Redis(redis.url.replace('unix://', ''));
    const publish = (event: object) => publisher.publish(socketEventsChannel(userId), JSON.stringify(event));
    await expect.poll(() => publish({ channel: 'tool_progress', data: 'not subscribed' })).toBe(1);
    await publish({ channel: 'chat_stream', session_id: 'b', data: 'another session' });
    const event = mine.next();
    await publish({ channel: 'chat_stream', session_id: 'a', data: { text: 'Hello' } });
    expect(await event).toEqual({ type: 'chat_stream', data: { text: 'Hello' } });
    other.send({ type: 'ping' });
    await expect.poll(() => heard).toEqual([{ type: 'pong' }]);
    publisher.disconnect();
    mine.socket.close();
    other.socket.close();
  });

  it('tell subscribers when a service fails', async () => {
    const client = await signedIn();
    client.send({ type: 'subscribe', channel: 'system_status' });
    await client.next();
    const event = client.next();
    const authorization = `Bearer ${await gateway.token()}`;
    expect((await gateway.send('/api/users/me', { headers: { authorization } })).status).toBe(502);
    expect(await event).toEqual({
      type: 'system_status',
      data: { service: 'user-service', circuit: 'open' },
    });
    client.socket.close();
  });
});
