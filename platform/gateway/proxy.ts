import type { Readable } from 'node:stream';
import type { Span } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../kit/answer-problem.ts';
import { ProblemError, problem } from '../kit/problem.ts';
import { failSpan } from '../kit/tracing.ts';
import { type Exchange, LateAnswerError } from './exchange.ts';
import { headersToClient } from './forwarded-headers.ts';
import type { Upstream } from './upstream.ts';

export interface ForwardOptions {
  request: FastifyRequest;
  reply: FastifyReply;
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
  /** Flat pairs added to the answer, whoever gives it. */
  answerHeaders: readonly string[];
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
export function forward(options: ForwardOptions): void {
  const { request, reply, upstream, answerHeaders, span } = options;
  const { breaker } = upstream;
  const response = reply.raw;

  function refuse(error: ProblemError): void {
    if (span) {
      failSpan(span, error);
      span.end();
    }
    for (let index = 0; index < answerHeaders.length; index += 2)
      reply.header(answerHeaders[index] as string, answerHeaders[index + 1]);
    sendProblem(reply, error, request.id);
  }

  const waitMs = breaker.admit();
  if (waitMs > 0) {
    refuse(problem('circuit_open', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } }));
    return;
  }

  let exchange: Exchange | undefined;
  let settled = false;
  /** Length of an answer small enough to be sent in one piece with its headers, else -1. */
  let wholeLength = -1;
  let clientGone = false;

  const leave = () => {
    if (response.writableFinished) return;
    clientGone = true;
    exchange?.abort();
  };
  const drained = () => exchange?.resume();
  response.once('close', leave);

  function settle(outcome: 'succeeded' | 'failed' | 'abandoned'): void {
    if (settled) return;
    settled = true;
    breaker[outcome]();
  }

  exchange = upstream.send(
    {
      method: request.method,
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
        const passed = headersToClient(headers);
        const length = lengthOf(headers);
        for (const part of answerHeaders) passed.push(part);
        reply.hijack();
        response.on('drain', drained);
        response.writeHead(status, passed);
        // Event streams have to reach the client before their first event does.
        if (length === undefined) response.flushHeaders();
        else if (length <= onePieceBytes) wholeLength = length;
      },
      onData(chunk) {
        // As a string, Node sends the body in the same write as the headers; latin1 keeps every byte.
        if (chunk.length === wholeLength) response.end(chunk.toString('latin1'), 'latin1');
        else return response.write(Buffer.from(chunk));
        return true;
      },
      onEnd() {
        span?.end();
        response.removeListener('close', leave);
        response.removeListener('drain', drained);
        if (!response.writableEnded) response.end();
      },
      onError(error) {
        response.removeListener('close', leave);
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
}

function lengthOf(headers: readonly string[]): number | undefined {
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index] === 'content-length') return Number(headers[index + 1]);
  return undefined;
}
