import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Span } from '@opentelemetry/api';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { failSpan } from '../../../kit/observe/tracing.ts';
import { addHeadersToClient } from '../routing/forwarded-headers.ts';
import { type Exchange, LateAnswerError } from './exchange.ts';
import type { Upstream } from './upstream.ts';

export interface ForwardOptions {
  method: string;
  response: ServerResponse;
  upstream: Upstream;
  /** Request target at the service. */
  target: string;
  /** Flat pairs for the service. */
  headers: string[];
  /** Of the exchange with the service; ended here. */
  span: Span | undefined;
  body: Readable | undefined;
  /** Milliseconds until the first byte of the answer. */
  timeoutMs: number;
  /** Flat pairs added to the service's answer. */
  answerHeaders: readonly string[];
  /** Answers in the service's place. */
  refuse(error: ProblemError): void;
}

/** A request that has been sent on. */
export interface Forwarding {
  /** To be called when the client goes away before it has its answer. */
  leave(): void;
}

/** A stream that stays silent this long is given up, milliseconds. Event streams send comments in between. */
const silenceMs = 300_000;

/** Answers up to this size are sent in one piece, bytes. */
const onePieceBytes = 16 * 1024;

const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

function toProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error;
  const isLate =
    error instanceof LateAnswerError || timeoutCodes.has(String((error as { code?: unknown }).code));
  return problem(isLate ? 'gateway_timeout' : 'bad_gateway', { cause: error });
}

/**
 * Sends a request on and its answer back, both as streams with backpressure. Answers by itself when there is no
 * answer to pass on: 503 while the circuit is open, 502 when the service cannot be reached, 504 when it is late.
 * An answer that breaks off is broken off towards the client too, so that it cannot pass for complete.
 */
export function forward(options: ForwardOptions): Forwarding | undefined {
  const { response, upstream, answerHeaders, span } = options;
  const { breaker } = upstream;

  function refuse(error: ProblemError): void {
    if (span) {
      failSpan(span, error);
      span.end();
    }
    options.refuse(error);
  }

  const waitMs = breaker.admit();
  if (waitMs > 0) {
    refuse(problem('circuit_open', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } }));
    return undefined;
  }

  let settled = false;
  /** Length of an answer small enough to be sent in one piece with its headers, else -1. */
  let wholeLength = -1;
  let clientGone = false;
  let ended = false;

  const drained = () => exchange.resume();

  function settle(outcome: 'succeeded' | 'failed' | 'abandoned'): void {
    if (settled) return;
    settled = true;
    breaker[outcome]();
  }

  const exchange: Exchange = upstream.send(
    {
      method: options.method,
      target: options.target,
      headers: options.headers,
      body: options.body,
      timeoutMs: options.timeoutMs,
      silenceMs,
    },
    {
      onHead(status, headers) {
        settle('succeeded');
        span?.setAttribute('http.response.status_code', status);
        const passed = answerHeaders.slice();
        addHeadersToClient(headers, passed);
        response.writeHead(status, passed);
        const length = headers['content-length'];
        // Event streams have to reach the client before their first event does.
        if (length === undefined) response.flushHeaders();
        else if (Number(length) <= onePieceBytes) wholeLength = Number(length);
      },
      onData(chunk) {
        // As a string, Node sends the body in the same write as the headers; latin1 keeps every byte.
        if (chunk.length === wholeLength) response.end(chunk.toString('latin1'), 'latin1');
        else if (!response.write(Buffer.from(chunk))) {
          response.once('drain', drained);
          return false;
        }
        return true;
      },
      onEnd() {
        ended = true;
        span?.end();
        if (!response.writableEnded) response.end();
      },
      onError(error) {
        ended = true;
        const answer = toProblem(error);
        settle(clientGone || answer.status < 500 ? 'abandoned' : 'failed');
        if (!clientGone && !response.headersSent) {
          refuse(answer);
          return;
        }
        span?.end();
        response.destroy();
      },
    },
  );
  return {
    leave() {
      if (ended) return;
      clientGone = true;
      exchange.abort();
    },
  };
}
