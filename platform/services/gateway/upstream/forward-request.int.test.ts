import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { forwardRequest } from './forward-request.ts';
import { createUpstream, type Upstream } from './upstream.ts';

const service = createServer();
const proxy = createServer();
let upstream: Upstream;

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  upstream = createUpstream({
    name: 'user-service',
    baseUrl: await listen(service),
    connections: 1,
    breakerFailures: 1,
    breakerOpenMs: 60_000,
    log: createLog({ service: 'gateway', level: 'silent' }),
  });
});
afterEach(async () => {
  for (const server of [proxy, service]) {
    server.removeAllListeners('request');
    server.closeAllConnections();
    server.close();
  }
  await upstream.pool.destroy();
});

/** Sends a request through a proxy with this time limit. */
async function send(timeoutMs: number): Promise<{ status: number | undefined; body: string }> {
  proxy.on('request', (_request, response: ServerResponse) => {
    forwardRequest({
      method: 'GET',
      response,
      upstream,
      span: undefined,
      target: '/users',
      headers: [],
      body: undefined,
      timeoutMs,
      responseHeaders: [],
      reject: ({ status, code }) => response.writeHead(status).end(code),
    });
  });
  const outgoing = request(await listen(proxy), { agent: false }).end();
  const [response] = await once(outgoing, 'response');
  return { status: response.statusCode, body: await text(response) };
}

it('responds with 504 and opens the circuit when no response headers arrive in time', async () => {
  service.on('request', () => {});
  expect(await send(20)).toEqual({ status: 504, body: 'gateway_timeout' });
  expect(upstream.breaker.state).toBe('open');
});
