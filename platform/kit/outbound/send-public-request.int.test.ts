import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { decideTarget } from './decide-target.ts';
import { sendPublicRequest } from './send-public-request.ts';

interface Canary {
  readonly port: number;
  readonly seen: { url: string; host: string; authorization: string | undefined }[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server on one loopback address only. */
async function listen(
  address: string,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Canary> {
  const seen: Canary['seen'] = [];
  const server = createServer((request, response) => {
    const { host = '', authorization } = request.headers;
    seen.push({ url: request.url ?? '', host, authorization });
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const send = (url: string, addresses: readonly string[]) =>
  sendPublicRequest({
    method: 'POST',
    url: new URL(url),
    headers: { authorization: 'Bearer of-the-user', 'content-type': 'text/plain' },
    body: 'x',
    addresses,
    signal: AbortSignal.timeout(10_000),
  });

it.each([301, 302, 303, 307, 308])(
  'does not follow a redirect with status %i, and sends no credentials to the other host',
  async (status) => {
    const elsewhere = await listen('127.0.0.2', (_request, response) => response.end('reached'));
    const first = await listen('127.0.0.1', (_request, response) =>
      response.writeHead(status, { location: `http://127.0.0.2:${elsewhere.port}/secret` }).end(),
    );
    const response = await send(`http://hooks.example.com:${first.port}/hook`, ['127.0.0.1']);
    expect(response.statusCode).toBe(status);
    expect(first.seen).toHaveLength(1);
    expect(elsewhere.seen).toEqual([]);
  },
);

it('connects to the decided address, whatever the name resolves to afterwards', async () => {
  const decided = await listen('127.0.0.3', (_request, response) => response.end('decided'));
  // The name resolves to 127.0.0.1 here, as after a rebinding; on that address nothing listens at the port.
  const response = await send(`http://localhost:${decided.port}/x`, ['127.0.0.3']);
  expect(await text(response)).toBe('decided');
  expect(decided.seen).toEqual([
    { url: '/x', host: `localhost:${decided.port}`, authorization: 'Bearer of-the-user' },
  ]);
});

it('opens a connection of its own for each decision', async () => {
  const one = await listen('127.0.0.4', (_request, response) => response.end('one'));
  const two = createServer((_request, response) => response.end('two'));
  await new Promise<void>((resolve) => two.listen(one.port, '127.0.0.5', resolve));
  closers.push(async () => {
    two.closeAllConnections();
    await new Promise((resolve) => two.close(resolve));
  });
  const url = `http://rebound.example.com:${one.port}/`;
  expect(await text(await send(url, ['127.0.0.4']))).toBe('one');
  expect(await text(await send(url, ['127.0.0.5']))).toBe('two');
});

it('rejects a name with one private address among public ones, so rebinding needs another decision', () => {
  const url = new URL('http://rebind.example.com/');
  const decide = (addresses: readonly string[]) =>
    decideTarget({ url, addresses, trustedOrigins: [] }).allowed;
  expect(decide(['93.184.216.34'])).toBe(true);
  expect(decide(['93.184.216.34', '127.0.0.1'])).toBe(false);
  expect(decide(['127.0.0.1'])).toBe(false);
});
