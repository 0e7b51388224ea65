import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ownerAuthority } from './test-authorities.ts';
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

const authorityPath = /^\/internal\/users\/([^/]+)\/authority\?tenant_id=(.+)$/;

/**
 * Answers for platform-services where a service runs without it: the public key of a signer, to verify access tokens,
 * and the rights of users. Every user is an owner of one workspace, which has the id of the tenant.
 */
export async function startKeyServer(signer: TestSigner): Promise<KeyServer> {
  const keys = [signer.publicJwk];
  let fetches = 0;
  const server = createServer(({ url = '' }, response) => {
    const [, user_id, tenant_id] = authorityPath.exec(url) ?? [];
    if (user_id !== undefined && tenant_id !== undefined) {
      const body = JSON.stringify(ownerAuthority({ user_id, tenant_id }));
      response.setHeader('content-type', 'application/json').end(body);
      return;
    }
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
