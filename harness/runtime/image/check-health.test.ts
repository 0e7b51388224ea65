import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkHealth } from './check-health.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function check(status: number, body: string): Promise<string | undefined> {
  server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return checkHealth({
    service: 'user-service',
    url: `http://127.0.0.1:${port}/ready`,
    timeoutMs: 3_000,
  });
}

test('a ready service has no problem', async () => {
  expect(await check(200, '{"service":"user-service"}')).toBeUndefined();
});

test('a service that is not ready is a problem with its own reasons', async () => {
  const body = '{"service":"user-service","checks":{"redis":{"status":"down"}}}';
  expect(await check(503, body)).toBe(`503: ${body}`);
});

test.each([
  ['another service', '{"service":"mcp-server"}'],
  ['no JSON', 'OK'],
  ['no object', 'null'],
])('a response of 200 from %s is a problem', async (_name, body) => {
  expect(await check(200, body)).toContain('is not user-service');
});

test('a closed port is a problem', async () => {
  const problem = await checkHealth({
    service: 'user-service',
    url: 'http://127.0.0.1:1/ready',
    timeoutMs: 3_000,
  });
  expect(problem).toContain('does not respond');
});
