import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of the attacker that offers the attacker's own key set, and counts who asks. */
export interface KeySetListener extends AsyncDisposable {
  readonly url: string;
  /** Number of connections so far. */
  readonly hits: number;
}

/** Listens on a free port of the loopback interface. */
export async function listenWithKeySet(keys: readonly object[]): Promise<KeySetListener> {
  let hits = 0;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  server.on('connection', () => {
    hits += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    get hits() {
      return hits;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
