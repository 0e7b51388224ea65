import type { z } from 'zod';
import { takesKey } from '../../contracts/idempotency.ts';
import { Problem } from '../../contracts/problem.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import { currentScope } from '../service/scope.ts';
import { PeerProblem } from './peer-problem.ts';
import { type PeerResponse, peerRequest, readBody } from './peer-request.ts';

export interface ClientOptions {
  /** Base URL of the service, without a trailing slash. */
  baseUrl: string;
  /** Sent on routes of access `service`. */
  internalKey?: string;
  /**
   * Maximum wait for the response headers, and again for the body, milliseconds. Default: the route's `timeoutMs`, else
   * 10,000.
   */
  timeoutMs?: number;
  /** Maximum size of a response that is read into memory, bytes; default 16 MiB. */
  maxResponseBytes?: number;
}

export interface CallOptions {
  /** Access token; default the one of the current request. */
  token?: string;
  /** See `ClientOptions`, for this call. */
  timeoutMs?: number;
  signal?: AbortSignal;
  headers?: Readonly<Record<string, string>>;
}

type Part<K extends string, S> = S extends z.ZodType
  ? undefined extends z.input<S>
    ? { [P in K]?: z.input<S> }
    : Record<never, never> extends z.input<S>
      ? { [P in K]?: z.input<S> }
      : { [P in K]: z.input<S> }
  : unknown;

export type CallInput<R extends RouteSpec> = Part<'params', R['params']> &
  Part<'query', R['query']> &
  Part<'body', R['body']>;

/** The parsed response. Routes without a schema return the open response as a stream. */
export type CallResult<R extends RouteSpec> = R['success'] extends { schema: infer S extends z.ZodType }
  ? z.output<S>
  : PeerResponse;

export type Client<C extends ServiceContract> = {
  readonly [K in keyof C['routes']]: (
    input: CallInput<C['routes'][K]>,
    options?: CallOptions,
  ) => Promise<CallResult<C['routes'][K]>>;
};

const defaultMaxResponseBytes = 16 * 1024 * 1024;

interface AnyInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

function urlOf(baseUrl: string, route: RouteSpec, input: AnyInput): URL {
  const path = route.path.replaceAll(/:([A-Za-z_]+)/g, (_match, name: string) =>
    encodeURIComponent(String(input.params?.[name])),
  );
  const url = new URL(baseUrl + path);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value === undefined) continue;
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  }
  return url;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Creates a client typed by the contract. Calls forward the access token, the request id and the trace of the current
 * request, and a key derived from its idempotency key. A call rejects with PeerProblem when the peer responds with an error, violates its contract, or does not
 * respond.
 */
export function createClient<const C extends ServiceContract>(
  contract: C,
  options: ClientOptions,
): Client<C> {
  const peer = contract.name;

  async function call(route: RouteSpec, input: AnyInput, callOptions: CallOptions): Promise<unknown> {
    const scope = currentScope();
    const token = callOptions.token ?? scope?.token;
    const url = urlOf(options.baseUrl, route, input);
    const sent = input.body === undefined ? undefined : JSON.stringify(input.body);
    const key = takesKey(route)
      ? scope?.peerKeys?.({ method: route.method, url: peer + url.pathname + url.search, body: sent })
      : undefined;
    const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? route.timeoutMs ?? 10_000;
    const response = await peerRequest({
      peer,
      method: route.method,
      url,
      timeoutMs,
      ...(callOptions.signal ? { signal: callOptions.signal } : {}),
      ...(sent === undefined ? {} : { body: sent }),
      headers: {
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...(scope ? { 'x-request-id': scope.requestId } : {}),
        ...(route.access === 'user' && token ? { authorization: `Bearer ${token}` } : {}),
        ...(route.access === 'service' && options.internalKey
          ? { 'x-internal-key': options.internalKey }
          : {}),
        ...callOptions.headers,
      },
    });
    const { status } = response;
    const succeeded = status >= 200 && status < 300;
    if (succeeded && route.success.schema === undefined) {
      if (status === 204) response.body.resume();
      return response;
    }
    const limit = options.maxResponseBytes ?? defaultMaxResponseBytes;
    const body = parseJson((await readBody(peer, response, limit, timeoutMs)).toString('utf8'));
    if (!succeeded) {
      const problem = Problem.safeParse(body);
      throw new PeerProblem({
        peer,
        status,
        ...(problem.success ? { problem: problem.data } : { body }),
      });
    }
    const parsed = route.success.schema?.safeParse(body);
    if (parsed?.success) return parsed.data;
    throw new PeerProblem({ peer, status, cause: parsed?.error });
  }

  return Object.fromEntries(
    Object.entries(contract.routes).map(([name, route]) => [
      name,
      (input: AnyInput, callOptions: CallOptions = {}) => call(route, input, callOptions),
    ]),
  ) as unknown as Client<C>;
}
