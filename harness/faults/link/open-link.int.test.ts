import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Link, type LinkFault, openLink } from './open-link.ts';

let server: Server;
let link: Link;
beforeEach(async () => {
  server = createServer((_request, response) => response.end('x'.repeat(1_000)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = await openLink();
  link.leadTo({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  await link[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

async function get(limitMs = 5_000): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${link.port}/`, { signal: AbortSignal.timeout(limitMs) });
  return response.text();
}

const outcome = (limitMs?: number) =>
  get(limitMs).then(
    (text) => `${text.length} bytes`,
    ({ name, cause }: Error & { cause?: { code?: string } }) => cause?.code ?? name,
  );

it('passes everything on without a fault', async () => {
  expect(await outcome()).toBe('1000 bytes');
});

it.each<[LinkFault, RegExp]>([
  ['refused', /^ECONNREFUSED$/],
  ['reset', /^ECONNRESET$/],
  ['silent', /^TimeoutError$/],
  [{ cutAfterBytes: 300 }, /^(ECONNRESET|UND_ERR_SOCKET)$/],
])('%j is met until it is lifted', async (fault, seen) => {
  await link.set(fault);
  expect(await outcome(1_000)).toMatch(seen);
  await link.set(undefined);
  expect(await outcome()).toBe('1000 bytes');
});

it('delays answers', async () => {
  await link.set({ delayMs: 300 });
  const startedAt = performance.now();
  expect(await outcome()).toBe('1000 bytes');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
});

it('cuts the connections that were open before the fault', async () => {
  const socket = connect(link.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.resume();
  const closed = once(socket, 'close');
  await link.set('silent');
  await closed;
});

it('leads to another place from the next connection on', async () => {
  const other = createServer((_request, response) => response.end('other'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  link.leadTo({ host: '127.0.0.1', port: (other.address() as AddressInfo).port });
  await link.set(undefined);
  expect(await get()).toBe('other');
  other.closeAllConnections();
  other.close();
});
