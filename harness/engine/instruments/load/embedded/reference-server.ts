import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Bytes that the server hashes for each request: some work, as a service has some. About 0.2 ms of one core. */
const hashedBytes = 256 * 1024;

/**
 * A bare server on loopback, in a thread of its own, which hashes a little for each request. Its times show what a
 * request costs on this machine at this moment, so that times of the platform can be compared between machines.
 */
export async function startReferenceServer(): Promise<{ url: string } & AsyncDisposable> {
  const worker = new Worker(new URL(import.meta.url));
  const [port] = await once(worker, 'message');
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort) {
  const bytes = Buffer.alloc(hashedBytes);
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ sha256: createHash('sha256').update(bytes).digest('hex') }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parentPort.postMessage((server.address() as AddressInfo).port);
}
