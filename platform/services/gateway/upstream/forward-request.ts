import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Span } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { hasChallenge } from '../../../kit/auth/protected-resource.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { failSpan } from '../../../kit/observe/tracing.ts';
import { addHeadersToClient, type UpstreamHeaders } from './forwarded-headers.ts';
import type { Upstream } from './upstream.ts';

export interface ForwardOptions {
  method: string;
  response: ServerResponse;
  upstream: Upstream;
  /** Request target at the service. */
  target: string;
  /** Request headers, names and values in turn. */
  headers: string[];
  /** Client span of this request to the service; ended here. */
  span: Span | undefined;
  body: Readable | undefined;
  /** Maximum time until the response headers arrive, milliseconds. */
  timeoutMs: number;
  /** Headers added to the service's response, names and values in turn. */
  responseHeaders: readonly string[];
  /** Changes the challenge of a service's 401 or 403; undefined where it stays as it is. */
  challenge?: ((given: string) => string) | undefined;
  /** Sends an error response when there is no response to forward. */
  reject(error: ProblemError): void;
}

/** Maximum silence within a response body, milliseconds. Event streams send comments in between. */
const maxSilenceMs = 300_000;

/** Maximum size of a response that is sent in one piece, bytes. */
const onePieceBytes = 16 * 1024;

// A connection that is not opened in time is no timeout of a response: the service, e.g. in a stopped container, was
// not reached, and never got the request.
const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

function toProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error;
  const timedOut = timeoutCodes.has(String((error as { code?: unknown }).code));
  return problem(timedOut ? 'gateway_timeout' : 'bad_gateway', { cause: error });
}

/** A request sent to a service. Forwards the response to the client as it arrives. */
export class ForwardedRequest implements Dispatcher.DispatchHandler {
  readonly #options: ForwardOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #reportedToBreaker = false;
  /** Length of a response small enough to be sent in one piece with its headers, else -1. */
  #wholeLength = -1;
  #clientDisconnected = false;
  #ended = false;

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  /** Cancels the request, because the client disconnected before its response was complete. */
  abort(): void {
    if (this.#ended) return;
    this.#clientDisconnected = true;
    this.#controller?.abort(new Error('the client disconnected'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#clientDisconnected) this.abort();
  }

  onResponseStart(_controller: unknown, status: number, headers: UpstreamHeaders): void {
    if (status < 200) return;
    const { response, span, responseHeaders, challenge } = this.#options;
    this.#reportToBreaker('succeeded');
    span?.setAttribute('http.response.status_code', status);
    const pairs = responseHeaders.slice();
    const given = headers['www-authenticate'];
    const changed = hasChallenge(status) && challenge !== undefined && typeof given === 'string';
    addHeadersToClient(changed ? { ...headers, 'www-authenticate': challenge(given) } : headers, pairs);
    response.writeHead(status, pairs);
    const length = headers['content-length'];
    // The headers of an event stream must reach the client before its first event does.
    if (length === undefined) response.flushHeaders();
    else if (Number(length) <= onePieceBytes) this.#wholeLength = Number(length);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#options;
    // As a string, Node sends the body in the same write as the headers; latin1 keeps every byte.
    if (chunk.length === this.#wholeLength) response.end(chunk.toString('latin1'), 'latin1');
    // Copied, because undici reuses the chunk's memory after this call.
    else if (!response.write(Buffer.from(chunk))) {
      controller.pause();
      response.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    const { response, span } = this.#options;
    this.#ended = true;
    span?.end();
    if (!response.writableEnded) response.end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    const { response, span, reject } = this.#options;
    this.#ended = true;
    const rejection = toProblem(error);
    this.#reportToBreaker(this.#clientDisconnected || rejection.status < 500 ? 'abandoned' : 'failed');
    if (!this.#clientDisconnected && !response.headersSent) {
      if (span) failSpan(span, rejection);
      reject(rejection);
    } else {
      response.destroy();
    }
    span?.end();
  }

  #reportToBreaker(event: 'succeeded' | 'failed' | 'abandoned'): void {
    if (this.#reportedToBreaker) return;
    this.#reportedToBreaker = true;
    this.#options.upstream.breaker[event]();
  }
}

/**
 * Sends a request to a service and the response to the client, both as streams with backpressure. Rejects when there
 * is no response: 503 while the circuit is open, 502 when the service cannot be reached, 504 when it was reached and
 * does not respond in time.
 * When the service breaks off a response, the client's connection is closed too: a part never looks complete.
 */
export function forwardRequest(options: ForwardOptions): ForwardedRequest | undefined {
  const { upstream, span } = options;
  const waitMs = upstream.breaker.admit();
  if (waitMs > 0) {
    const error = problem('circuit_open', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } });
    if (span) failSpan(span, error);
    span?.end();
    options.reject(error);
    return undefined;
  }
  const request = new ForwardedRequest(options);
  upstream.pool.dispatch(
    {
      path: options.target,
      method: options.method as Dispatcher.HttpMethod,
      headers: options.headers,
      body: options.body ?? null,
      headersTimeout: options.timeoutMs,
      bodyTimeout: maxSilenceMs,
    },
    request,
  );
  return request;
}
