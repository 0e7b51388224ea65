import { lookup } from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';

/** A server on the loopback addresses that no service may ever call. */
export interface Canary extends AsyncDisposable {
  readonly port: number;
  /** What arrived, e.g. `GET /door/1 from 127.0.0.1`. */
  readonly hits: readonly string[];
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

export async function startCanary(): Promise<Canary> {
  const hits: string[] = [];
  const serve = () =>
    createServer((request, response) => {
      hits.push(`${request.method} ${request.url} from ${request.socket.remoteAddress}`);
      response.end('reached');
    });
  const first = serve();
  // Connections count too: a service that opens one and fails later has passed the guard.
  first.on('connection', ({ remoteAddress }) => hits.push(`connection from ${remoteAddress}`));
  await listen(first, 0, '127.0.0.1');
  const { port } = first.address() as AddressInfo;
  const servers = [first];
  const second = serve();
  // Without IPv6 there is nothing to reach there.
  await listen(second, port, '::1').then(
    () => servers.push(second),
    () => undefined,
  );
  return {
    port,
    hits,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** Names without the word "localhost" as a part of their own that this machine resolves to loopback addresses only. */
export async function loopbackNames(): Promise<string[]> {
  const names = ['ip6-loopback', 'ip6-localhost', hostname()];
  const found = await Promise.all(
    names.map(async (name) => {
      const addresses = await lookup(name, { all: true }).catch(() => []);
      const isLoopback = addresses.every(({ address }) => address === '::1' || address.startsWith('127.'));
      return addresses.length > 0 && isLoopback ? [name] : [];
    }),
  );
  return found.flat();
}

/** Hosts of URLs that reach a server on this machine's loopback address, in every form that parsers accept. */
export const loopbackHosts: readonly string[] = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'app.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '127。0。0。1',
  '①②⑦.⓪.⓪.①',
];
