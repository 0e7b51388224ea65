import type { CheckContext } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { textAt } from '../../kit/shape.ts';
import { socketAccepts } from './socket-handshake.ts';

/** How a token is presented. */
export interface Presented {
  token: string;
  /** Source address. */
  from: string;
}

/** What a place that accepts tokens made of one. */
export interface Opened {
  /** 401 when it was rejected; any status but 401 means that it was accepted. */
  status: number;
  /** Code of the problem, or the type of Airtable's error; empty without one. */
  error: string;
}

/** A place that accepts access tokens: a kind of route at the gateway, or a service that is called directly. */
export interface Door {
  name: string;
  /** Reads only. */
  knock(context: CheckContext, presented: Presented): Promise<Opened>;
  /** Absent for doors that are no plain GET. */
  get?: { service: ServiceName; path: string };
}

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const listTools = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
/** Not a valid message: with a genuine token it is rejected for its form, and no model is asked. */
const emptyChat = JSON.stringify({ stream: true });

function http(
  name: string,
  service: ServiceName,
  path: string,
  more: { body?: string; accept?: string } = {},
): Door {
  const { body } = more;
  return {
    name,
    ...(body === undefined ? { get: { service, path } } : {}),
    async knock({ http: client }, { token, from }) {
      const response = await client.request(service, path, {
        token,
        from,
        ...(body === undefined ? {} : { method: 'POST', body, headers: json }),
      });
      const { json: problem, status } = response;
      return { status, error: textAt(problem, 'error') || textAt(problem, 'error', 'type') };
    },
  };
}

/** The token is the content of a request, not its credential. */
const validation: Door = {
  name: 'validation',
  async knock({ http: client }, { token, from }) {
    const response = await client.request('gateway', '/api/auth/validate', {
      method: 'POST',
      from,
      body: { token: token === '' ? '-' : token },
    });
    // A token of no possible form is an invalid request.
    const status = response.status === 422 ? 401 : response.status;
    return { status, error: textAt(response.json, 'error') };
  },
};

/** The site keeps access tokens in a cookie and uses them at the gateway. */
const site: Door = {
  name: 'site (cookie)',
  async knock({ http: client }, { token, from }) {
    const response = await client.request('frontend', '/api/auth/profile', {
      from,
      headers: { cookie: `__Host-pyairtable_access=${token}` },
    });
    return { status: response.status, error: textAt(response.json, 'error') };
  },
};

const socket: Door = {
  name: 'gateway WebSocket',
  async knock(context, { token, from }) {
    const accepted = await socketAccepts(context, { frame: { type: 'auth', token }, from });
    return accepted ? { status: 200, error: '' } : { status: 401, error: 'unauthenticated' };
  },
};

/** Every kind of route at the gateway. */
const doorsOfGateway: readonly Door[] = [
  http('gateway REST', 'gateway', '/api/users/me'),
  http('gateway /api/v1', 'gateway', '/api/v1/auth/me'),
  http('gateway /v0', 'gateway', '/api/airtable/v0/meta/whoami'),
  http('gateway MCP', 'gateway', '/api/mcp', { body: listTools }),
  http('gateway event stream', 'gateway', '/api/chat', { body: emptyChat }),
  http('gateway own route', 'gateway', '/api/websocket/stats'),
  socket,
  validation,
];

/** Every service that verifies tokens itself, without the gateway. */
export const doorsOfServices: readonly Door[] = [
  http('platform-services', 'platform-services', '/auth/me'),
  http('user-service', 'user-service', '/users/me'),
  http('airtable-gateway', 'airtable-gateway', '/v0/meta/whoami'),
  http('mcp-server', 'mcp-server', '/tools'),
  http('mcp-server MCP', 'mcp-server', '/mcp', { body: listTools }),
  http('llm-orchestrator', 'llm-orchestrator', '/sessions'),
  http('llm-orchestrator event stream', 'llm-orchestrator', '/chat', { body: emptyChat }),
  http('file-service', 'file-service', '/files'),
  http('saga-service', 'saga-service', '/saga'),
  http('automation-services', 'automation-services', '/workflows'),
];

export const doors: readonly Door[] = [...doorsOfGateway, site, ...doorsOfServices];

/** Doors that stay shut, as `<door>: <status> <error>`. */
export async function shutDoors(
  context: CheckContext,
  presented: Presented,
  at: readonly Door[] = doors,
): Promise<string[]> {
  const opened = await Promise.all(
    at.map(async (door) => ({ door, ...(await door.knock(context, presented)) })),
  );
  return opened
    .filter(({ status }) => status === 401 || status === 403 || status >= 500)
    .map(({ door, status, error }) => `${door.name}: ${status} ${error}`.trim());
}

/** Doors that do not reject a token with 401. */
export async function openDoors(
  context: CheckContext,
  presented: Presented,
  at: readonly Door[] = doors,
): Promise<string[]> {
  const opened = await Promise.all(
    at.map(async (door) => ({ door, ...(await door.knock(context, presented)) })),
  );
  return opened.filter(({ status }) => status !== 401).map(({ door, status }) => `${door.name}: ${status}`);
}

/** What was found when tokens that nobody may use were presented. */
export interface AttackResult {
  /** Accepted tokens, as `<attack> at <door>`. */
  accepted: string[];
  /** Rejected in another way than with 401 and a code, e.g. by an exception. */
  notRejected: string[];
  /** Number of tokens presented. */
  tried: number;
}

/** Number of attacks at the same time. Each is presented at all doors at once. */
const atOnce = 6;

/** Presents each token at each door. */
export async function presentAll(
  context: CheckContext,
  attacks: readonly { name: string; token: string }[],
  { from, at = doors }: { from: string; at?: readonly Door[] },
): Promise<AttackResult> {
  const result: AttackResult = { accepted: [], notRejected: [], tried: 0 };
  const waiting = [...attacks];
  async function work(): Promise<void> {
    for (let attack = waiting.shift(); attack !== undefined; attack = waiting.shift()) {
      const { name, token } = attack;
      await Promise.all(
        at.map(async (door) => {
          const { status, error } = await door.knock(context, { token, from });
          result.tried += 1;
          if (status === 401 && error !== '') return;
          const line = `${name} at ${door.name}`;
          // A request that fails for its form or rights has passed the verification of its token.
          if (status < 500 && status !== 400) result.accepted.push(line);
          else result.notRejected.push(`${line}: ${status} ${error}`.trim());
        }),
      );
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  result.accepted.sort();
  result.notRejected.sort();
  return result;
}
