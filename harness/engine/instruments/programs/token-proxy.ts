import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenProxy extends AsyncDisposable {
  /** The target's address as the client of the proxy uses it. */
  readonly url: string;
}

/**
 * Forwards requests for one path on this machine and adds an access token, for clients that cannot send one. Every
 * other header stays as the client sent it, `Host` too. Other paths get 404.
 */
export async function startTokenProxy(options: { target: string; token: string }): Promise<TokenProxy> {
  const { hostname, port, pathname } = new URL(options.target);
  const server = createServer((incoming, response) => {
    if (incoming.url !== pathname) {
      response.writeHead(404).end();
      return;
    }
    const headers = { ...incoming.headers, authorization: `Bearer ${options.token}` };
    const { method, url: path } = incoming;
    const outgoing = request({ hostname, port, method, path, headers }, (received) => {
      response.writeHead(received.statusCode ?? 502, received.headers);
      received.pipe(response);
      received.once('error', () => response.destroy());
    });
    outgoing.once('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
