import { createHash } from 'node:crypto';
import { Agent, type Dispatcher } from 'undici';
import { ProductUnreachable } from '../../failures/product-unreachable.ts';
import { codeOf, isProductCode } from '../../failures/transport-code.ts';
import type { StackAddresses } from '../../stack.ts';
import type { Canaries } from '../logs/canaries.ts';
import { type AnswerRecord, passwordsIn } from './answer-record.ts';
import { ExchangeRecord } from './exchange-record.ts';
import type { BodyDigest, Exchange, HttpInstrument, RequestOptions } from './http.ts';
import type { RequestWatch, WatchedRequest } from './request-watch.ts';

/** Maximum size of a response body, bytes; the rest is cut off. */
const defaultMaxBodyBytes = 1_048_576;
const defaultTimeoutMs = 10_000;

export interface OpenHttp extends HttpInstrument, AsyncDisposable {
  readonly record: ExchangeRecord;
}

/**
 * HTTP for one check. Every request has its own connection: a check never gets one that the service has just closed
 * or that another check has left in a bad state.
 */
export function openHttp(options: {
  services: StackAddresses['services'];
  signal: AbortSignal;
  /** Default source address of requests. */
  address: string;
  /** A W3C trace context header per request, all in one trace. */
  traceparent(): string;
  /** Learns the secrets that are sent and received. */
  canaries: Canaries;
  /** Learns what every response contains. */
  answers?: AnswerRecord;
  watch?: RequestWatch;
  /** Searches every response for secrets. */
  responses: { search(service: string, response: Exchange): void };
}): OpenHttp {
  const record = new ExchangeRecord();
  const passwords = new Set<string>();
  const agents = new Map<string, Agent>();
  const agentFor = (localAddress: string | undefined): Agent => {
    const key = localAddress ?? 'any';
    const agent = agents.get(key) ?? new Agent({ pipelining: 0, ...(localAddress ? { localAddress } : {}) });
    agents.set(key, agent);
    return agent;
  };

  const request: HttpInstrument['request'] = async (service, path, sent = {}) => {
    options.signal.throwIfAborted();
    const base = URL.parse(sent.at ?? options.services[service]);
    if (!base) {
      throw new ProductUnreachable({
        address: service,
        code: 'NOT_STARTED',
        doing: `${sent.method ?? 'GET'} ${path}`,
      });
    }
    const from = isLoopback(base) ? (sent.from ?? options.address) : undefined;
    const method = sent.method ?? 'GET';
    const headers = headersOf(sent, options.traceparent());
    const url = `${base.origin}${base.pathname.replace(/\/$/, '')}${path}`;
    const watched: WatchedRequest = { service, method, path, body: sent.body, token: sent.token };
    options.watch?.sending(watched);
    const recorded = { method, url, from: from ?? 'any', headers, body: sent.body ?? null };
    const finish = record.sending(recorded, service);
    options.canaries.addBody(sent.body);
    for (const password of passwordsIn(sent.body)) passwords.add(password);
    options.canaries.addHeaders(headers, path);
    const startedAt = performance.now();
    try {
      const timeout = sent.timeoutMs ?? defaultTimeoutMs;
      const response = await agentFor(from).request({
        origin: base.origin,
        path: url.slice(base.origin.length),
        method: method as Dispatcher.HttpMethod,
        headers,
        body: encode(sent.body),
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: options.signal,
      });
      const exchange = await toExchange(response, {
        method,
        url,
        startedAt,
        maxBodyBytes: sent.headersOnly ? 0 : (sent.maxBodyBytes ?? defaultMaxBodyBytes),
        digest: sent.digest === true,
      });
      finish({ response: exchange });
      options.canaries.addBody(exchange.json);
      options.answers?.add({ service, method, path, passwords }, exchange);
      options.canaries.addHeaders(exchange.headers);
      options.responses.search(service, exchange);
      options.watch?.received(watched, exchange);
      return exchange;
    } catch (error) {
      const code = codeOf(error);
      finish({ failure: `${code} ${error instanceof Error ? error.message : String(error)}` });
      if (options.signal.aborted) throw options.signal.reason;
      if (!isProductCode(code)) throw error;
      throw new ProductUnreachable({
        address: `${service} at ${base.origin}`,
        code,
        doing: `${method} ${path}`,
        cause: error,
      });
    }
  };

  return {
    record,
    request,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

async function toExchange(
  response: Dispatcher.ResponseData,
  sent: { method: string; url: string; startedAt: number; maxBodyBytes: number; digest: boolean },
): Promise<Exchange> {
  const headers = joinHeaders(response.headers);
  const { text, truncated, digest } = await readBody(response.body, sent.maxBodyBytes, sent.digest);
  return {
    method: sent.method,
    url: sent.url,
    status: response.statusCode,
    headers,
    json: /\bjson\b/.test(headers['content-type'] ?? '') && !truncated ? parseJson(text) : undefined,
    text,
    truncated,
    ...(digest ? { digest } : {}),
    durationMs: performance.now() - sent.startedAt,
  };
}

/** Reads up to the limit and then disconnects, unless the whole body is hashed: an endless response must not fill the memory. */
async function readBody(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown; on(event: 'error', listener: () => void): unknown },
  limit: number,
  isDigested: boolean,
): Promise<{ text: string; truncated: boolean; digest?: BodyDigest }> {
  if (limit === 0) {
    body.on('error', () => undefined);
    body.destroy();
    return { text: '', truncated: true };
  }
  const chunks: Uint8Array[] = [];
  const hash = isDigested ? createHash('sha256') : undefined;
  let size = 0;
  for await (const chunk of body) {
    const room = Math.max(0, limit - size);
    if (room > 0) chunks.push(chunk.byteLength > room ? chunk.subarray(0, room) : chunk);
    size += chunk.byteLength;
    hash?.update(chunk);
    if (size > limit && hash === undefined) break;
  }
  return {
    text: Buffer.concat(chunks).toString('utf8'),
    truncated: size > limit,
    ...(hash ? { digest: { bytes: size, sha256: hash.digest('hex') } } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Declared as JSON, but it is not: the check finds it in `text`.
    return undefined;
  }
}

function headersOf(request: RequestOptions, traceparent: string): Record<string, string | string[]> {
  const structured = request.body !== undefined && !isRaw(request.body);
  const given = Object.entries(request.headers ?? {}).map(([name, value]): [string, string | string[]] => [
    name.toLowerCase(),
    typeof value === 'string' ? value : [...value],
  ]);
  return {
    accept: '*/*',
    traceparent,
    ...(structured ? { 'content-type': 'application/json' } : {}),
    ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
    ...Object.fromEntries(given),
  };
}

function isRaw(body: unknown): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function encode(body: unknown): string | Uint8Array | null {
  if (body === undefined) return null;
  return isRaw(body) ? body : JSON.stringify(body);
}

function joinHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    joined[name] = typeof value === 'string' ? value : value.join(name === 'set-cookie' ? '\n' : ', ');
  }
  return joined;
}

function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname.startsWith('127.');
}
