import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

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
export function errorResponse(status: number, error: string, message = 'Rejected.'): TargetResponse {
  return { status, body: { error, message, timestamp: now, request_id: 'request-of-target' } };
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

/** An HTTP server in place of every service that steps call. */
export async function startStepTarget(): Promise<StepTarget> {
  const calls: TargetCall[] = [];
  let watchers: { matches: (call: TargetCall) => boolean; resolve: (call: TargetCall) => void }[] = [];
  const server = createServer(async (request, response) => {
    const call = await read(request);
    calls.push(call);
    watchers = watchers.filter(({ matches, resolve }) => {
      if (!matches(call)) return true;
      resolve(call);
      return false;
    });
    const { status, body } = (await target.intercept?.(call)) ?? respond(call);
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target: StepTarget = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    log: () => calls.map(({ method, path, body }) => `${method} ${path}${body?.name ? ` ${body.name}` : ''}`),
    intercept: undefined,
    called: (matches) => new Promise((resolve) => watchers.push({ matches, resolve })),
    reset() {
      calls.length = 0;
      target.intercept = undefined;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return target;
}
