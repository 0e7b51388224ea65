import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestSigner } from './test-signer.ts';

export interface KeyServer extends AsyncDisposable {
  /** The value of `PLATFORM_SERVICES_URL` for services. */
  readonly url: string;
  /** How often the keys were fetched. */
  readonly fetches: number;
  /** Publishes one more key, as after a rotation. */
  publish(signer: TestSigner): void;
  stop(): Promise<void>;
}

/** Publishes the public key of a signer like platform-services, so that services can verify access tokens. */
export async function startKeyServer(signer: TestSigner): Promise<KeyServer> {
  const keys = [signer.publicJwk];
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get fetches() {
      return fetches;
    },
    publish: ({ publicJwk }) => keys.push(publicJwk),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
