import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestSigner } from './test-signer.ts';

export interface KeyServer {
  /** The value of `PLATFORM_SERVICES_URL` for services. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Publishes the public key of a signer like platform-services, so that services can verify access tokens. */
export async function startKeyServer(signer: TestSigner): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [signer.publicJwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
