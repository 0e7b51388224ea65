import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { failSpan, SpanKind, startSpan, traceHeaders } from '../observe/tracing.ts';
import { PeerProblem } from './peer-problem.ts';

export interface PeerRequest {
  /** Name of the peer, for spans and errors. */
  peer: string;
  method: string;
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array | Readable;
  /** Maximum wait for the response headers, milliseconds; default 10,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface PeerResponse {
  status: number;
  headers: IncomingMessage['headers'];
  /** Must be read or destroyed. */
  body: IncomingMessage;
}

/**
 * How long a connection without a request is kept, milliseconds; less when the peer announces a shorter time. Node
 * ignores that announcement when there is no limit of its own. A request that is sent while the peer closes the
 * connection would fail.
 */
const keptIdleMs = 4_000;

// The pool of kept connections is state of the process, like the sockets themselves.
const kept = { keepAlive: true, timeout: keptIdleMs };
const agents = { http: new Agent(kept), https: new TlsAgent(kept) };

/**
 * Sends one HTTP request inside a client span, with exactly one `traceparent`. It does not follow redirects, so
 * credentials never go to another host.
 * @throws PeerProblem when no response arrives; the reason of `signal` when it aborts.
 */
export async function peerRequest(options: PeerRequest): Promise<PeerResponse> {
  const { peer, method, url, signal } = options;
  const span = startSpan(`${method} ${peer}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      'url.path': url.pathname,
      'peer.service': peer,
    },
  });
  const secure = url.protocol === 'https:';
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 10_000);
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(url, {
        method,
        agent: secure ? agents.https : agents.http,
        headers: { ...options.headers, ...traceHeaders(span.spanContext()) },
      });
      // After the headers the time limit no longer applies: the caller decides how long a stream may take.
      const abort = () => outgoing.destroy(stop.reason as Error);
      const settle = () => stop.removeEventListener('abort', abort);
      if (stop.aborted) abort();
      stop.addEventListener('abort', abort, { once: true });
      outgoing.once('response', (incoming) => {
        settle();
        if (signal) {
          const cut = () => incoming.destroy(signal.reason as Error);
          signal.addEventListener('abort', cut, { once: true });
          incoming.once('close', () => signal.removeEventListener('abort', cut));
        }
        resolve(incoming);
      });
      outgoing.once('error', (error) => {
        settle();
        reject(error);
      });
      const { body } = options;
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
      else body.once('error', (error) => outgoing.destroy(error)).pipe(outgoing);
    });
    const status = response.statusCode ?? 0;
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: 2 });
    return { status, headers: response.headers, body: response };
  } catch (error) {
    failSpan(span, error);
    if (signal?.aborted) throw signal.reason;
    throw new PeerProblem({ peer, timedOut: timeout.aborted, cause: error });
  } finally {
    span.end();
  }
}

/**
 * Reads a whole body.
 * @param timeoutMs maximum time until it is complete, milliseconds; default: none
 * @throws PeerProblem when it is longer than `limit` bytes, when it ends before it is complete, and after the time
 *   limit; the connection is then closed
 */
export async function readBody(
  peer: string,
  response: PeerResponse,
  limit: number,
  timeoutMs?: number,
): Promise<Buffer> {
  const { status, body } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          body.destroy(new Error(`the body was not complete after ${timeoutMs} ms`));
        }, timeoutMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        body.destroy();
        throw new PeerProblem({ peer, status, cause: new Error(`more than ${limit} bytes`) });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (timedOut || cutOffCodes.test(String((error as { code?: unknown }).code)))
      throw new PeerProblem({ peer, status, timedOut, cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

/** Node's codes of a connection that ends in the middle of a body, or whose bytes are no HTTP. */
const cutOffCodes = /^(?:ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;
