import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createExternalRuntime } from './external-runtime.ts';
import { parseTarget } from './read-target.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

/** A stand-in for a service: one body per path, 404 for others. */
async function serve(bodies: Record<string, object>): Promise<string> {
  const server = createServer((request, response) => {
    const body = bodies[request.url ?? ''];
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { detail: 'Not Found' }));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function boot(gateway: string) {
  const target = parseTarget(`name: a\nlabel: staging\nservices: { gateway: ${gateway} }\n`, 'a.yaml');
  const runtime = createExternalRuntime({ target, readSecret: () => undefined });
  await using stack = await runtime.boot(
    { nodes: [], bootTimeoutMs: 10_000 },
    { runId: 'r', runDir: '/', signal: new AbortController().signal },
  );
  return stack.boot[0];
}

describe('a deployed service', () => {
  it('counts as booted when it is ready under its name', async () => {
    const url = await serve({ '/ready': { status: 'ready', service: 'gateway' } });
    expect(await boot(url)).toMatchObject({ node: 'gateway', state: 'ready' });
  });

  it('counts as booted on a platform with other operational routes, so that its checks show the difference', async () => {
    const url = await serve({ '/health': { status: 'healthy', service: 'api-gateway' } });
    expect(await boot(url)).toMatchObject({ node: 'gateway', state: 'ready' });
  });

  it.each([
    ['/ready', { status: 'ready', service: 'frontend' }, 'service "frontend"'],
    ['/health', { status: 'healthy', service: 'frontend' }, 'GET /health names frontend'],
  ])('fails at once where %s names another service', async (path, body, seen) => {
    const failed = await boot(await serve({ [path]: body }));
    expect(failed).toMatchObject({ state: 'failed', failure: { lastProbe: expect.stringContaining(seen) } });
  });
});
