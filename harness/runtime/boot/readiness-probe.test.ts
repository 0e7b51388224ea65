import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { waitUntilReady } from './readiness-probe.ts';

test('a wait that ends during a probe still reports the last response', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(503).end('{"status":"not_ready"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = new AbortController();
  const observations: string[] = [];
  const wait = waitUntilReady({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    service: 'gateway',
    signal: end.signal,
    probed(observation) {
      observations.push(observation);
      if (observations.length === 3) end.abort(new Error('the time limit'));
    },
  });
  await expect(wait).rejects.toThrow('the time limit');
  expect(observations).toEqual([
    'GET /ready: waiting for a response (probe 1)',
    'GET /ready → 503 {"status":"not_ready"} (probe 1)',
    'GET /ready → 503 {"status":"not_ready"} (probe 1); waiting for a response to probe 2',
  ]);
  server.closeAllConnections();
  server.close();
});
