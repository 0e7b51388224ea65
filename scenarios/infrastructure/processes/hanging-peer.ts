import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a peer hangs: it sends no response, or the head of one and a part of its body. */
export type Hang = 'silent' | 'stalled';

/** A service on the loopback interface that accepts requests and does not complete them. */
export interface HangingPeer extends AsyncDisposable {
  readonly url: string;
  /** Number of requests that it has received. */
  readonly requests: number;
}

export async function openHangingPeer(hang: Hang): Promise<HangingPeer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    if (hang === 'silent') return;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"bases":[');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
