import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { openSlowRequest } from './slow-request.ts';

const server = createServer();
afterEach(() => {
  server.removeAllListeners('request');
  server.close();
});

async function listen(): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const sent = { method: 'POST', path: '/things', headers: { 'x-test': 'yes' }, body: '{"name":"Ada"}' };

it('is being worked on until it is finished', async () => {
  const arrived = Promise.withResolvers<void>();
  server.on('request', async (incoming, response) => {
    arrived.resolve();
    response.writeHead(201).end(await buffer(incoming));
  });
  const slow = await openSlowRequest(await listen(), sent, AbortSignal.timeout(5_000));
  await arrived.promise;
  expect(await slow.finish()).toBe(201);
});

it('has the status 0 when the connection ends without a response', async () => {
  server.on('request', (incoming) => incoming.socket.destroy());
  const slow = await openSlowRequest(await listen(), sent, AbortSignal.timeout(5_000));
  expect(await slow.finish()).toBe(0);
});
