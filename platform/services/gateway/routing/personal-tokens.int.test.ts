import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { connectSocket } from '../testing/socket-client.ts';
import { internalKey, mirror, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const tokenOf = (digit: string) => `patA1b2C3d4E5f6G7.${digit.repeat(64)}`;
const [good, unknown, unlucky] = [tokenOf('a'), tokenOf('b'), tokenOf('c')];

let redis: TemporaryRedis;
let gateway: RunningGateway;
let accessToken: string;
const asked: string[] = [];

/** Responds like platform-services to exchanges; anything else is mirrored. */
const platformServices: RequestListener = (request, response) => {
  if (request.url !== '/internal/tokens/exchange') return mirror('platform-services')(request, response);
  void text(request).then((body) => {
    const { token } = JSON.parse(body);
    asked.push(token);
    const problem = { message: 'No.', timestamp: new Date().toISOString(), request_id: 'r' };
    const [status, content] =
      request.headers['x-internal-key'] !== internalKey || token === unlucky
        ? [500, { error: 'internal', ...problem }]
        : token === good
          ? [200, { access_token: accessToken, expires_in: 900 }]
          : [401, { error: 'unauthenticated', ...problem }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  });
};

beforeAll(async () => {
  redis = await startTemporaryRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    services: {
      'platform-services': platformServices,
      'airtable-gateway': mirror('airtable-gateway'),
      'saga-service': mirror('saga-service'),
    },
  });
  accessToken = await gateway.token({ scope: 'data.records:read' });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

const send = (token: string, target = '/api/airtable/v0/appA1b2C3d4E5f6G7/People') =>
  gateway.send(target, { headers: { authorization: `Bearer ${token}`, connection: 'authorization' } });

it('forwards an access token instead of the personal one', async () => {
  const responses = await Promise.all([
    send(good),
    send(good),
    send(good, '/api/airtable/bases'),
    send(good, '/api/saga'),
  ]);
  for (const response of responses) {
    expect(response.status).toBe(200);
    expect(response.json().headers.authorization).toBe(`Bearer ${accessToken}`);
    expect(response.text).not.toContain(good);
  }
  expect(asked.filter((token) => token === good)).toHaveLength(1);
});

it('counts a personal token for the limit of its user', async () => {
  expect((await send(good)).headers['ratelimit-policy']).toBe('3000;w=60');
});

it('rejects an unknown token in the format of the route', async () => {
  const airtable = await send(unknown);
  expect([airtable.status, airtable.json().error.type]).toEqual([401, 'AUTHENTICATION_REQUIRED']);
  const plain = await send(unknown, '/api/airtable/bases');
  expect([plain.status, plain.json().error]).toEqual([401, 'unauthenticated']);
  expect(plain.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  expect(asked.filter((token) => token === unknown)).toHaveLength(1);
});

it('responds with 503 and Retry-After while tokens cannot be exchanged', async () => {
  const response = await send(unlucky, '/api/airtable/bases');
  expect([response.status, response.json().error]).toEqual([503, 'not_ready']);
  expect(response.headers['retry-after']).toBe('1');
});

it.each([
  ['a personal token', () => good],
  ['the access token of one', () => accessToken],
])('opens a WebSocket for %s, with the channels of its scopes only', async (_what, token) => {
  const client = connectSocket(gateway);
  await client.opened();
  client.send({ type: 'auth', token: token() });
  expect(await client.next()).toMatchObject({ type: 'authenticated' });
  client.send({ type: 'subscribe', channels: ['file', 'account', 'system_status'] });
  expect(await client.next()).toMatchObject({
    error: 'forbidden',
    message: 'file needs the scope files:read.',
  });
  expect(await client.next()).toMatchObject({ error: 'forbidden' });
  expect(await client.next()).toEqual({ type: 'subscribed', channel: 'system_status' });
  client.socket.terminate();
});

it('opens no WebSocket for an unknown personal token', async () => {
  const client = connectSocket(gateway);
  await client.opened();
  client.send({ type: 'auth', token: unknown });
  expect(await client.closed()).toMatchObject({ code: 1008 });
});
