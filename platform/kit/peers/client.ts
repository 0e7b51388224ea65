import type { z } from 'zod';
import { Problem } from '../../contracts/problem.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import { currentScope } from '../service/scope.ts';
import { PeerProblem } from './peer-problem.ts';
import { type PeerAnswer, peerRequest, readBody } from './peer-request.ts';

export interface ClientOptions {
  /** Base URL of the service without trailing slash. */
  baseUrl: string;
  /** Sent on routes of access `service`. */
  internalKey?: string;
  /** Longest wait for the headers of an answer, milliseconds; default the route's `timeoutMs` or 10,000. */
  timeoutMs?: number;
  /** Most bytes of an answer that is read into memory; default 16 MiB. */
  maxAnswerBytes?: number;
}

export interface CallOptions {
  /** Access token; default the one of the request being handled. */
  token?: string;
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

/** The parsed answer; routes without schema give the open answer to stream from. */
export type CallAnswer<R extends RouteSpec> = R['success'] extends { schema: infer S extends z.ZodType }
  ? z.output<S>
  : PeerAnswer;

export type Client<C extends ServiceContract> = {
  readonly [K in keyof C['routes']]: (
    input: CallInput<C['routes'][K]>,
    options?: CallOptions,
  ) => Promise<CallAnswer<C['routes'][K]>>;
};

const defaultMaxAnswerBytes = 16 * 1024 * 1024;

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
 * A client typed by the contract. Calls forward the access token, the request id and the trace of the request
 * being handled.
 * Every call rejects with PeerProblem when the peer refuses, fails, answers outside its contract, or does not
 * answer.
 */
export function createClient<const C extends ServiceContract>(
  contract: C,
  options: ClientOptions,
): Client<C> {
  const peer = contract.name;

  async function call(route: RouteSpec, input: AnyInput, callOptions: CallOptions): Promise<unknown> {
    const scope = currentScope();
    const token = callOptions.token ?? scope?.token;
    const answer = await peerRequest({
      peer,
      method: route.method,
      url: urlOf(options.baseUrl, route, input),
      timeoutMs: options.timeoutMs ?? route.timeoutMs ?? 10_000,
      ...(callOptions.signal ? { signal: callOptions.signal } : {}),
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      headers: {
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(scope ? { 'x-request-id': scope.requestId } : {}),
        ...(route.access === 'user' && token ? { authorization: `Bearer ${token}` } : {}),
        ...(route.access === 'service' && options.internalKey
          ? { 'x-internal-key': options.internalKey }
          : {}),
        ...callOptions.headers,
      },
    });
    const succeeded = answer.status >= 200 && answer.status < 300;
    if (succeeded && route.success.schema === undefined) {
      if (answer.status === 204) answer.body.resume();
      return answer;
    }
    const limit = options.maxAnswerBytes ?? defaultMaxAnswerBytes;
    const body = parseJson((await readBody(peer, answer, limit)).toString('utf8'));
    if (!succeeded) {
      const refusal = Problem.safeParse(body);
      throw new PeerProblem({
        peer,
        status: answer.status,
        ...(refusal.success ? { problem: refusal.data } : { answer: body }),
      });
    }
    const parsed = route.success.schema?.safeParse(body);
    if (parsed?.success) return parsed.data;
    throw new PeerProblem({ peer, status: answer.status, cause: parsed?.error });
  }

  return Object.fromEntries(
    Object.entries(contract.routes).map(([name, route]) => [
      name,
      (input: AnyInput, callOptions: CallOptions = {}) => call(route, input, callOptions),
    ]),
  ) as unknown as Client<C>;
}
