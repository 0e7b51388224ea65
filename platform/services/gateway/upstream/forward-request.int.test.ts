import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
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

it('responds with 502 when no connection is opened in time, because the service was not reached', async () => {
  const full = await listenWithoutAccepting();
  try {
    await upstream.pool.destroy();
    upstream = createUpstream({
      name: 'user-service',
      baseUrl: `http://127.0.0.1:${full.port}`,
      connections: 1,
      connectTimeoutMs: 100,
      breakerFailures: 1,
      breakerOpenMs: 60_000,
      log: createLog({ service: 'gateway', level: 'silent' }),
    });
    expect(await send(10_000)).toEqual({ status: 502, body: 'bad_gateway' });
    expect(upstream.breaker.state).toBe('open');
  } finally {
    await full.stop();
  }
});

/** A port whose queue of connections is full: the kernel drops further ones, as the network of a stopped container does. */
async function listenWithoutAccepting(): Promise<{ port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  // A backlog of n admits n + 1 connections.
  const queued = Array.from({ length: 2 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(queued.map((socket) => once(socket, 'connect')));
  return {
    port,
    stop: async () => {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
}
