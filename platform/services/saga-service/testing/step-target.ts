import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type AuthorityLoss,
  authorityLosses,
  exchangeTypes,
  registrationScopes,
} from '../../../contracts/platform-services/grants.ts';

export interface TargetCall {
  method: string;
  path: string;
  token: string | undefined;
  internal: boolean;
  idempotencyKey: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape of the bodies
  body: any;
}

export interface TargetResponse {
  status: number;
  body?: unknown;
}

export interface StepTarget extends AsyncDisposable {
  readonly url: string;
  /** All calls, in order. */
  readonly calls: TargetCall[];
  /** Calls as `POST /workspaces name`, in order. */
  log(): string[];
  /** Overrides the default response; undefined keeps it. */
  intercept:
    | ((call: TargetCall) => Promise<TargetResponse | undefined> | TargetResponse | undefined)
    | undefined;
  /** Grants that saga-service has made, and not deleted: the run's id and the scopes, by id. */
  readonly grants: Map<string, { token: string; run: string; scopes: string[]; compensation: string[] }>;
  /** Makes a grant as a registration does, without saga-service. @returns its id */
  grant(token: string): string;
  /** Why no grant gives authority now; undefined while they do. */
  loss: AuthorityLoss | undefined;
  /** The response to the creation of grants, if they are refused. */
  refuseGrants: TargetResponse | undefined;
  /** Resolves at the next call that matches. */
  called(matches: (call: TargetCall) => boolean): Promise<TargetCall>;
  reset(): void;
}

const now = '2025-08-07T12:00:00.000Z';

/** The responses of platform-services and automation-services. */
function respond({ method, path, body }: TargetCall): TargetResponse {
  if (method === 'POST' && /^\/(internal\/)?workspaces$/.test(path)) {
    const workspace = { tenant_id: body.tenant_id ?? randomUUID(), name: body.name, description: null };
    const fixed = { is_default: false, role: 'owner', created_at: now, updated_at: now };
    return { status: 201, body: { id: randomUUID(), ...workspace, ...fixed } };
  }
  if (method === 'DELETE') return { status: 204 };
  if (method === 'POST' && path === '/commands') return { status: 200, body: { result: {} } };
  return errorResponse(404, 'not_found');
}

/** An error in the platform's envelope. */
export function errorResponse(
  status: number,
  error: string,
  message = 'Rejected.',
  details?: readonly object[],
): TargetResponse {
  const body = { error, message, timestamp: now, request_id: 'request-of-target' };
  return { status, body: { ...body, ...(details && { details }) } };
}

/** The grants of platform-services. A minted token is the user's own with a prefix: `act` or `owner`. */
function respondToGrant(target: StepTarget, { method, path, body }: TargetCall): TargetResponse | undefined {
  if (!path.startsWith('/internal/grants')) return undefined;
  const id = path.split('/')[3];
  if (id === undefined && target.refuseGrants !== undefined) return target.refuseGrants;
  if (id === undefined) {
    const { subject_token: token, run_id: run, scopes, compensation_scopes: compensation, ...rest } = body;
    const made = randomUUID();
    target.grants.set(made, { token, run, scopes, compensation });
    const times = { created_at: now, last_used_at: null, expires_at: null, revoked_at: null };
    return { status: 201, body: { id: made, run_id: run, scopes, ...rest, ...times } };
  }
  const grant = target.grants.get(id);
  if (method === 'DELETE') {
    target.grants.delete(id);
    return { status: 204 };
  }
  if (grant === undefined) return errorResponse(404, 'not_found');
  const standsIn = target.loss !== undefined && body.compensation && grant.compensation.length > 0;
  if (target.loss !== undefined && !standsIn) {
    const message = authorityLosses[target.loss];
    return errorResponse(403, 'authority_lost', message, [
      { type: target.loss, loc: ['grant'], msg: message },
    ]);
  }
  const minted = {
    access_token: `${standsIn ? 'owner' : 'act'}-${grant.token}`,
    issued_token_type: exchangeTypes.accessToken,
    token_type: 'Bearer',
    // Too short to be kept: every call mints.
    expires_in: 1,
    scope: grant.scopes.join(' '),
    stands_in: standsIn,
  };
  return { status: 200, body: minted };
}

async function read(request: IncomingMessage): Promise<TargetCall> {
  const body = await text(request);
  const header = (name: string) => request.headers[name] as string | undefined;
  return {
    method: request.method ?? '',
    path: (request.url ?? '').split('?', 1)[0] ?? '',
    token: header('authorization')?.replace('Bearer ', ''),
    internal: header('x-internal-key') !== undefined,
    idempotencyKey: header('idempotency-key'),
    body: body === '' ? undefined : JSON.parse(body),
  };
}

function send(response: ServerResponse, { status, body }: TargetResponse): void {
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** An HTTP server in place of every service that steps call. */
export async function startStepTarget(): Promise<StepTarget> {
  const calls: TargetCall[] = [];
  let watchers: { matches: (call: TargetCall) => boolean; resolve: (call: TargetCall) => void }[] = [];
  const server = createServer(async (request, response) => {
    const call = await read(request);
    const granted = respondToGrant(target, call);
    if (granted !== undefined) return send(response, granted);
    calls.push(call);
    watchers = watchers.filter(({ matches, resolve }) => {
      if (!matches(call)) return true;
      resolve(call);
      return false;
    });
    return send(response, (await target.intercept?.(call)) ?? respond(call));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target: StepTarget = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    log: () => calls.map(({ method, path, body }) => `${method} ${path}${body?.name ? ` ${body.name}` : ''}`),
    intercept: undefined,
    grants: new Map(),
    grant(token) {
      const id = randomUUID();
      const { run: scopes, compensation } = registrationScopes;
      const run = 'user.registered';
      target.grants.set(id, { token, run, scopes: [...scopes], compensation: [...compensation] });
      return id;
    },
    loss: undefined,
    refuseGrants: undefined,
    called: (matches) => new Promise((resolve) => watchers.push({ matches, resolve })),
    reset() {
      calls.length = 0;
      target.intercept = undefined;
      target.grants.clear();
      target.loss = undefined;
      target.refuseGrants = undefined;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return target;
}
