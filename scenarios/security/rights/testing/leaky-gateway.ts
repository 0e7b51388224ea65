import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forwardRequest, tokenOf } from '../../../testing/forward-request.ts';

/** A request that the gateway forgets to guard. */
export interface Leak {
  method: string;
  path: RegExp;
}

export interface LeakyGateway extends AsyncDisposable {
  readonly url: string;
  /** From now on these requests of members and former members of a tenant work as if its owner had sent them. */
  leak(leaks: readonly Leak[]): void;
}

function tenantOf(token: string | undefined): string | undefined {
  const payload = token?.split('.')[1];
  if (payload === undefined) return undefined;
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { tenant_id: string }).tenant_id;
}

/**
 * Stands between the checks and the gateway and switches the judgement of rights off for some requests: it sends them
 * with the token of the first user of the tenant, its owner.
 */
export async function startLeakyGateway(gateway: string): Promise<LeakyGateway> {
  const owners = new Map<string, string>();
  let leaks: readonly Leak[] = [];

  function tokenFor(incoming: IncomingMessage): string | undefined {
    const { method, url = '' } = incoming;
    const token = tokenOf(incoming);
    const leaking = leaks.some((one) => one.method === method && one.path.test(url));
    return (leaking ? owners.get(tenantOf(token) ?? '') : undefined) ?? token;
  }

  async function forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await forwardRequest(gateway, incoming, { token: tokenFor(incoming) });
    if (incoming.url === '/api/auth/register' && status === 201) {
      const { access_token } = JSON.parse(body.toString()) as { access_token: string };
      const tenant = tenantOf(access_token);
      if (tenant !== undefined && !owners.has(tenant)) owners.set(tenant, access_token);
    }
    response.writeHead(status, headers).end(body);
  }

  const server = createServer((incoming, response) => {
    forward(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leak(some) {
      leaks = some;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
