import { randomBytes } from 'node:crypto';
import type { StackAddresses } from '../../engine/stack.ts';
import { methodOf, type ProbeRequest, type RequestBite } from './bite.ts';

/** Maximum time for one response, milliseconds. */
const responseMs = 3_000;

/**
 * Sends the requests of a probe and describes the last response: `<status> <length of the body>: <body>` and then one
 * line per header, or why there was none.
 * @throws Error when an earlier request does not succeed
 */
export async function sendProbe(bite: RequestBite, addresses: StackAddresses): Promise<string> {
  const kept = new Map<string, string>();
  if (bite.signedIn) for (const [name, value] of await register(addresses)) kept.set(name, value);
  for (const request of bite.before ?? []) {
    const { status, text } = await send(request, { addresses, kept });
    if (status >= 300) throw new Error(`${methodOf(request)} ${request.path}: ${status} ${text}`);
    keepValues(request, text, kept);
  }
  try {
    const { status, text, headers } = await send(bite, { addresses, kept });
    return [`${status} ${text.length}: ${text}`, ...headers].join('\n');
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string; message?: string } };
    if (name === 'TimeoutError') return `no response within ${responseMs / 1000} s`;
    return `no response: ${cause?.code ?? cause?.message ?? String(error)}`;
  }
}

/** Makes an account. @returns values by the names `email`, `password` and `token` */
async function register(addresses: StackAddresses): Promise<[string, string][]> {
  const email = `probe-${randomBytes(8).toString('hex')}@readiness.test`;
  const password = randomBytes(18).toString('base64url');
  const { status, text } = await send(
    { service: 'platform-services', path: '/auth/register', body: { email, password } },
    { addresses, kept: new Map() },
  );
  const token = valueAt(text, 'access_token');
  if (status !== 201 || token === undefined) throw new Error(`a probe could not register: ${status} ${text}`);
  return [
    ['email', email],
    ['password', password],
    ['token', token],
  ];
}

async function send(
  request: ProbeRequest,
  { addresses, kept }: { addresses: StackAddresses; kept: ReadonlyMap<string, string> },
): Promise<{ status: number; text: string; headers: string[] }> {
  const { service = 'gateway', path, headers, body, fileOf } = request;
  const filled = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (all, name: string) => kept.get(name) ?? all);
  const token = kept.get('token');
  const form = new FormData();
  if (fileOf !== undefined)
    form.append('file', new Blob(['x'.repeat(fileOf)], { type: 'text/plain' }), 'probe.txt');
  const response = await fetch(`${addresses.services[service]}${filled(path)}`, {
    method: methodOf(request),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: filled(JSON.stringify(body)) } : {}),
    ...(fileOf === undefined ? {} : { body: form }),
    redirect: 'manual',
    signal: AbortSignal.timeout(responseMs),
  });
  return {
    status: response.status,
    text: await response.text(),
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`),
  };
}

function keepValues({ keep = {} }: ProbeRequest, text: string, kept: Map<string, string>): void {
  for (const [name, path] of Object.entries(keep)) {
    const value = valueAt(text, path);
    if (value === undefined) throw new Error(`The response has no ${path}: ${text}`);
    kept.set(name, value);
  }
}

function valueAt(text: string, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value === undefined || value === null ? undefined : String(value);
}
