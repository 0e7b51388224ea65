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
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies they know
  body: any;
}

export interface TargetAnswer {
  status: number;
  body?: unknown;
}

export interface StepTarget extends AsyncDisposable {
  readonly url: string;
  /** Everything it was asked, in order. */
  readonly calls: TargetCall[];
  /** Calls as `POST /workspaces name`, in order. */
  log(): string[];
  /** Answers instead of the server itself; undefined lets the server answer. */
  intercept: ((call: TargetCall) => Promise<TargetAnswer | undefined> | TargetAnswer | undefined) | undefined;
  /** Resolves at the first call from now on that fits. */
  called(fits: (call: TargetCall) => boolean): Promise<TargetCall>;
  reset(): void;
}

const now = '2025-08-07T12:00:00.000Z';

/** What platform-services and automation-services would answer; names of workspaces become part of the ids. */
function answer({ method, path, body }: TargetCall): TargetAnswer {
  if (method === 'POST' && /^\/(internal\/)?workspaces$/.test(path)) {
    const workspace = { tenant_id: body.tenant_id ?? randomUUID(), name: body.name, description: null };
    const fixed = { is_default: false, role: 'owner', created_at: now, updated_at: now };
    return { status: 201, body: { id: randomUUID(), ...workspace, ...fixed } };
  }
  if (method === 'DELETE') return { status: 204 };
  if (method === 'POST' && path === '/commands') return { status: 200, body: { result: {} } };
  return refusal(404, 'not_found');
}

/** An answer in the platform's error envelope. */
export function refusal(status: number, error: string, message = 'Refused.'): TargetAnswer {
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

/** A real HTTP server that stands for every service steps call. */
export async function startStepTarget(): Promise<StepTarget> {
  const calls: TargetCall[] = [];
  let watchers: { fits: (call: TargetCall) => boolean; seen: (call: TargetCall) => void }[] = [];
  const server = createServer(async (request, response) => {
    const call = await read(request);
    calls.push(call);
    watchers = watchers.filter(({ fits, seen }) => {
      if (!fits(call)) return true;
      seen(call);
      return false;
    });
    const { status, body } = (await target.intercept?.(call)) ?? answer(call);
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target: StepTarget = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    log: () => calls.map(({ method, path, body }) => `${method} ${path}${body?.name ? ` ${body.name}` : ''}`),
    intercept: undefined,
    called: (fits) => new Promise((seen) => watchers.push({ fits, seen })),
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
