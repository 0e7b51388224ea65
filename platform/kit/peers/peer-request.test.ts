import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { peerRequest, readBody } from './peer-request.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Which side ends a connection that is kept without a request, when the peer announces a time. */
async function firstToClose(announcedS: number): Promise<'client' | 'peer'> {
  server = createServer({ keepAliveTimeout: announcedS * 1000 }, (_request, response) => response.end('ok'));
  const connected = once(server, 'connection') as Promise<[Socket]>;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await readBody('peer', await peerRequest({ peer: 'peer', method: 'GET', url }), 10);
  const [socket] = await connected;
  // Only a connection that its client closes has an end.
  const byClient = once(socket, 'end').then(() => 'client' as const);
  const byPeer = once(socket, 'close').then(() => 'peer' as const);
  return Promise.race([byClient, byPeer]);
}

it.each([2, 60])('closes a kept connection before a peer that announces %d s does', async (announcedS) => {
  expect(await firstToClose(announcedS)).toBe('client');
});
