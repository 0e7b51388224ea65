import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { connectSocket, signedInSocket } from '../testing/socket-client.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

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

describe('a WebSocket client', () => {
  it('is authenticated by its token and gets responses', async () => {
    const client = await signedInSocket(gateway, { user_id: userId }, '?session_id=chat-1');
    expect(client.welcome).toEqual({
      type: 'authenticated',
      session_id: 'chat-1',
      user_id: userId,
      last_event_id: expect.stringMatching(/^\d+-\d+$/),
    });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong', last_event_id: client.welcome.last_event_id });
    client.send('{"type":');
    expect(await client.next()).toMatchObject({ type: 'error', error: 'malformed_request' });
    client.send({ type: 'subscribe', channel: 'nonsense' });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'not_found' });
    client.send({ type: 'subscribe', channel: 'saga', channels: ['saga'] });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'malformed_request' });
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
    ['an invented ticket', { type: 'auth', ticket: 'A'.repeat(43) }],
    ['another frame first', { type: 'ping' }],
    ['nonsense', 'nonsense'],
  ])('is disconnected for %s', async (_what, frame) => {
    const client = connectSocket(gateway);
    await client.opened();
    client.send(frame);
    expect(await client.closed()).toMatchObject({ code: 1008 });
  });

  it('may open five connections for one session, not six', async () => {
    const user = { user_id: userId };
    const five = await Promise.all(
      [1, 2, 3, 4, 5].map(() => signedInSocket(gateway, user, '?session_id=many')),
    );
    const sixth = connectSocket(gateway, '?session_id=many');
    await sixth.opened();
    sixth.send({ type: 'auth', token: await gateway.token(user) });
    expect(await sixth.closed()).toMatchObject({ code: 1008, reason: 'too many connections' });
    for (const client of five) client.socket.close();
  });

  it('is disconnected for too many or too long messages', async () => {
    const chatty = await signedInSocket(gateway);
    for (let count = 0; count < 101; count += 1) chatty.send({ type: 'ping' });
    expect(await chatty.closed()).toMatchObject({ code: 1008, reason: 'too many messages' });
    const long = await signedInSocket(gateway);
    long.send('x'.repeat(20_000));
    expect(await long.closed()).toMatchObject({ code: 1009 });
  });

  it.each([
    ['from a page of another site', '', { origin: 'http://evil.example' }, 403],
    ['with an invalid session', '?session_id=%00', {}, 400],
    ['with an invented ticket', `?ticket=${'A'.repeat(43)}`, {}, 401],
  ])('%s is rejected before the handshake', async (_what, query, headers, status) => {
    const client = connectSocket(gateway, query, headers as Record<string, string>);
    const [, response] = await once(client.socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    client.socket.terminate();
  });

  it('from a page of an allowed origin is accepted', async () => {
    const client = connectSocket(gateway, '', { origin: 'http://localhost:3000' });
    await client.opened();
    client.socket.close();
  });

  it('extends its connection with a later token of the same session only', async () => {
    const claims = { user_id: userId, session_id: 'e1a4bb5c-0000-4000-8000-000000000001' };
    const client = await signedInSocket(gateway, claims);
    client.send({ type: 'auth', token: await gateway.token(claims) });
    expect(await client.next()).toMatchObject({ type: 'authenticated', user_id: userId });
    client.send({ type: 'auth', token: await gateway.token({ user_id: userId }) });
    expect(await client.closed()).toEqual({ code: 1008, reason: 'the token is of another session' });
  });

  it('hears when a service fails', async () => {
    const client = await signedInSocket(gateway);
    await client.subscribe(['system_status']);
    const authorization = `Bearer ${await gateway.token()}`;
    expect((await gateway.send('/api/users/me', { headers: { authorization } })).status).toBe(502);
    expect(await client.next()).toEqual({
      type: 'system_status',
      data: { service: 'user-service', circuit: 'open' },
    });
    client.socket.close();
  });

  it('finds no WebSocket on other paths', async () => {
    const response = await gateway.send('/api/users/me', {
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    expect(response.status).toBe(401);
  });
});
