import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ProblemCode } from '../../contracts/problem.ts';
import type { ProblemFormat } from '../../contracts/route.ts';
import { PeerProblem } from '../peers/peer-problem.ts';
import { isStoreFailure } from '../service/store-failure.ts';
import { toAirtableError } from './airtable-error.ts';
import { discardRest } from './discard-rest.ts';
import { envelope, ProblemError, problem, storeProblem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

const fastifyCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

const statusCodes: Readonly<Record<number, ProblemCode>> = {
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

/** SQLSTATEs of text that PostgreSQL cannot store: NUL characters, JSON nested too deep for its stack. */
const unstorable = new Set(['22021', '22P05', '54001']);

/**
 * Whether PostgreSQL rejected text that it cannot store. Only client data causes this. An unpaired surrogate in JSON
 * has the general SQLSTATE of invalid input, which our own errors have too; the message tells them apart.
 */
function isUnstorable(error: { code?: unknown; message?: unknown }): boolean {
  if (error.code === '22P02') return /type json\b/.test(String(error.message));
  return typeof error.code === 'string' && unstorable.has(error.code);
}

/**
 * Maps an error to the problem that the client sees. Problems thrown on purpose and errors of the request keep their
 * details. A store that is away becomes `not_ready`. Every other error becomes `internal`, without its cause.
 */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof PeerProblem) return error.toProblem();
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (isUnstorable(error as object)) {
    const msg = 'Contains characters or nesting that cannot be stored';
    return problem('validation_failed', {
      details: [{ type: 'unstorable', loc: ['body'], msg }],
      cause: error,
    });
  }
  if (isStoreFailure(error)) return storeProblem(error);
  if (typeof code === 'string' && code in fastifyCodes)
    return problem(fastifyCodes[code] as ProblemCode, { cause: error });
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return problem(statusCodes[statusCode] ?? 'malformed_request', { cause: error });
  return problem('internal', { cause: error });
}

/** Sends the error envelope. */
export function sendProblem(reply: FastifyReply, error: ProblemError, requestId: string): FastifyReply {
  return reply.code(error.status).headers(error.headers).send(envelope(error, requestId));
}

const securityPairs = Object.entries(securityHeaders).flat();

/**
 * Sends an error without Fastify.
 * @param headers alternating names and values, added to the problem's own headers
 */
export function writeProblem(
  exchange: { request: IncomingMessage; response: ServerResponse; format: ProblemFormat },
  error: ProblemError,
  requestId: string,
  headers: readonly string[],
): void {
  const { request, response, format } = exchange;
  discardRest(request, response);
  const problem = envelope(error, requestId);
  const body = JSON.stringify(format === 'airtable' ? toAirtableError(problem) : problem);
  response.writeHead(error.status, [
    ...securityPairs,
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
    ...headers,
    ...Object.entries(error.headers).flat(),
  ]);
  response.end(body);
}
