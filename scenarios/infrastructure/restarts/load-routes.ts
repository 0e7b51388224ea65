import type { Account, CheckContext, Exchange } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { login, postAuth } from '../../authentication/requests.ts';
import type { LoadedRoute } from './steady-load.ts';

/** Time between two requests of one route, milliseconds. */
const everyMs = 300;
/** Time between two sign-ins, milliseconds: each costs a password hash. */
const signInEveryMs = 1_200;

/** What the load has got confirmed. */
export interface Confirmed {
  /** Names of workflows that were created. */
  workflows: string[];
  /** Sessions that were ended. */
  sessions: { id: string; token: string }[];
}

/** The routes of the load: one of each service, and two that write. */
export function loadRoutes(
  context: CheckContext,
  users: { reader: Account; writer: Account },
): { routes: LoadedRoute[]; confirmed: Confirmed } {
  const { http } = context;
  const confirmed: Confirmed = { workflows: [], sessions: [] };
  const get = (service: ServiceName, path: string, needs: readonly string[]): LoadedRoute => ({
    name: `GET ${path}`,
    via: 'gateway',
    service,
    needs,
    everyMs,
    success: [200],
    send: () =>
      http.request('gateway', path, { token: users.reader.accessToken, from: users.reader.address }),
  });
  const routes: LoadedRoute[] = [
    get('platform-services', '/api/auth/me', ['postgres']),
    get('user-service', '/api/users/me', ['postgres']),
    get('airtable-gateway', '/api/airtable/bases', ['postgres']),
    get('file-service', '/api/files', ['postgres']),
    get('llm-orchestrator', '/api/sessions', ['postgres']),
    get('saga-service', '/api/saga', ['postgres']),
    get('mcp-server', '/api/mcp/tools', []),
    {
      name: 'GET / of the frontend',
      via: 'frontend',
      service: 'frontend',
      needs: [],
      everyMs,
      success: [200],
      send: () => http.request('frontend', '/auth/login'),
    },
    {
      name: 'POST /api/workflows',
      via: 'gateway',
      service: 'automation-services',
      needs: ['postgres'],
      everyMs,
      success: [201],
      async send() {
        const name = context.unique('restart');
        const { accessToken: token, address: from } = users.writer;
        const body = { name, steps: [{ type: 'log', config: { message: name } }] };
        const exchange = await http.request('gateway', '/api/workflows', {
          method: 'POST',
          token,
          from,
          body,
        });
        if (exchange.status === 201) confirmed.workflows.push(name);
        return exchange;
      },
    },
    {
      name: 'POST /api/auth/login, then /logout',
      via: 'gateway',
      service: 'platform-services',
      // Failed sign-ins are counted in Redis, and ended sessions are published there.
      needs: ['postgres', 'redis'],
      everyMs: signInEveryMs,
      success: [204],
      send: () => signInAndOut(context, users.writer, confirmed),
    },
  ];
  return { routes, confirmed };
}

async function signInAndOut(
  context: CheckContext,
  user: Account,
  confirmed: Confirmed,
): Promise<Exchange | undefined> {
  const address = context.newAddress();
  const signedIn = await login(context, { ...user, address });
  // Where all requests have one source address, the limit of sign-ins applies.
  if (signedIn.status === 429) return undefined;
  const { access_token: token } = (signedIn.json ?? {}) as { access_token?: string };
  if (signedIn.status !== 200 || token === undefined) return signedIn;
  const signedOut = await postAuth(context, 'logout', undefined, { token, from: address });
  if (signedOut.status === 204) confirmed.sessions.push({ id: sessionOf(token), token });
  return signedOut;
}

function sessionOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    session_id: string;
  };
  return claims.session_id;
}
