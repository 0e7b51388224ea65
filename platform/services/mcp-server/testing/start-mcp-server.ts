import type { AddressInfo } from 'node:net';
import { problem } from '../../../kit/http/problem.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import type { Airtable } from '../airtable.ts';
import { allowedOriginsVariable } from '../allowed-origins.ts';
import { buildApp } from '../app.ts';

export interface RunningMcpServer extends AsyncDisposable {
  readonly url: string;
  /** Sends a JSON body to a path as the user of the token `ada`, unless a header says otherwise. */
  post(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response>;
}

/**
 * Starts the service on the loopback interface. The tokens `ada` and `bob` belong to two users, `ada-elsewhere` to
 * another sign-in of the first. `reader` is a personal access token with the scope `data.records:read`.
 */
export async function startMcpServer(airtable: Airtable): Promise<RunningMcpServer> {
  const ada = testClaims();
  const users = new Map([
    ['ada', ada],
    ['ada-elsewhere', testClaims({ user_id: ada.user_id, tenant_id: ada.tenant_id })],
    ['bob', testClaims()],
    ['reader', testClaims({ scope: 'data.records:read' })],
  ]);
  const app = buildApp({
    config: {
      INTERNAL_API_KEY: 'k'.repeat(32),
      MCP_ALLOWED_ORIGINS: allowedOriginsVariable.parse(undefined),
      PUBLIC_URL: undefined,
    },
    log: createLog({ service: 'mcp-server', level: 'silent' }),
    dependencies: [],
    authenticate(token) {
      const claims = users.get(token);
      if (claims === undefined) throw problem('unauthenticated');
      return claims;
    },
    airtable,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    url,
    post: (path, body, headers = {}, signal) =>
      fetch(url + path, {
        method: 'POST',
        signal: signal ?? null,
        headers: { authorization: 'Bearer ada', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
