import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { listen, mirror, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

/** Address from which the proxy connects to the gateway. */
const proxyAddress = '127.0.0.9';
const login = '/api/auth/login';

let redis: TemporaryRedis;
let gateway: RunningGateway;
let proxy: Server;
let proxyPort: number;

beforeAll(async () => {
  redis = await startTemporaryRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    services: { 'platform-services': mirror('platform-services') },
    env: { RATE_LIMIT_LOGIN: '2/900', TRUSTED_PROXIES: `${proxyAddress}/32` },
  });
  proxy = createServer((incoming, response) => {
    const seen = incoming.socket.remoteAddress;
    const before = incoming.headers['x-forwarded-for'];
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: gateway.port,
        localAddress: proxyAddress,
        agent: false,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          'x-forwarded-for': before === undefined ? seen : `${before}, ${seen}`,
          'x-forwarded-proto': 'https',
        },
      },
      (answer) => {
        response.writeHead(answer.statusCode as number, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(outgoing);
  });
  proxyPort = await listen(proxy);
});
afterAll(async () => {
  proxy?.closeAllConnections();
  proxy?.close();
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

/** Signs in from an address; the response has the headers that the service has received. */
async function signIn(from: string, via: 'proxy' | 'directly', forwarded?: string) {
  const outgoing = request({
    host: '127.0.0.1',
    port: via === 'proxy' ? proxyPort : gateway.port,
    localAddress: from,
    agent: false,
    method: 'POST',
    path: login,
    headers: {
      'content-type': 'application/json',
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    },
  });
  outgoing.end('{}');
  const [response] = await once(outgoing, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, headers: JSON.parse(body).headers ?? {} };
}

it('limits the clients behind a trusted proxy by their own addresses, whatever they claim', async () => {
  const statuses: number[] = [];
  for (const claimed of [undefined, '8.8.8.8', '8.8.4.4'])
    statuses.push((await signIn('127.0.0.21', 'proxy', claimed)).status);
  expect(statuses).toEqual([200, 200, 429]);
  expect((await signIn('127.0.0.22', 'proxy')).status).toBe(200);
});

it('tells services the address of the client alone', async () => {
  const { headers } = await signIn('127.0.0.23', 'proxy', '8.8.8.8');
  expect(headers['x-forwarded-for']).toBe('127.0.0.23');
  expect(headers['x-forwarded-proto']).toBeUndefined();
});

it('ignores what a client claims that is no trusted proxy', async () => {
  const responses = [];
  for (const claimed of ['8.8.8.8', '8.8.4.4', `1.1.1.1, ${proxyAddress}`])
    responses.push(await signIn('127.0.0.24', 'directly', claimed));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(responses[0]?.headers['x-forwarded-for']).toBe('127.0.0.24');
});
