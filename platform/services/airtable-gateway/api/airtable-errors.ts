import type { FastifyInstance } from 'fastify';
import type { Problem, ProblemCode } from '../../../contracts/problem.ts';
import { AirtableProblem } from '../airtable-problem.ts';

type AirtableBody = { error: string | { type: string; message: string } };

/** Airtable's types and messages for the platform's general problems. */
const generalErrors: Partial<Record<ProblemCode, AirtableBody['error']>> = {
  malformed_request: { type: 'INVALID_REQUEST_BODY', message: 'Could not parse request body' },
  unauthenticated: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' },
  token_expired: { type: 'AUTHENTICATION_REQUIRED', message: 'The token has expired' },
  token_revoked: { type: 'AUTHENTICATION_REQUIRED', message: 'The token has been revoked' },
  forbidden: { type: 'INVALID_PERMISSIONS', message: 'You are not permitted to perform this operation' },
  not_found: 'NOT_FOUND',
  uri_too_long: { type: 'REQUEST_URI_TOO_LONG', message: 'The URL is longer than 16,000 characters' },
  payload_too_large: { type: 'REQUEST_TOO_LARGE', message: 'Request body is too large' },
  unsupported_media_type: { type: 'INVALID_REQUEST_BODY', message: 'The body must be JSON' },
  rate_limited: {
    type: 'RATE_LIMIT_REACHED',
    message: 'Rate limit exceeded. Please try again later',
  },
  internal: { type: 'SERVER_ERROR', message: 'Try again. If the problem persists, contact support.' },
  not_ready: { type: 'SERVICE_UNAVAILABLE', message: 'The service is temporarily unavailable.' },
};

/** The issues of the contract's schemas in one message, each with the path of its field. */
function describeDetails(problem: Problem): string {
  const issues = (problem.details ?? []).map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
  return `Invalid request: parameter validation failed. Check your request data. ${issues.join('; ')}`;
}

function validationType(problem: Problem): string {
  const onRecords = problem.details?.some(({ loc }) => loc[0] === 'body' && loc[1] === 'records');
  return onRecords ? 'INVALID_RECORDS' : 'INVALID_REQUEST_UNKNOWN';
}

function toAirtable(envelope: Problem, cause: unknown): AirtableBody {
  if (cause instanceof AirtableProblem) {
    const { type, message } = cause;
    return { error: type === 'NOT_FOUND' ? type : { type, message } };
  }
  if (envelope.error === 'validation_failed' && envelope.details !== undefined)
    return { error: { type: validationType(envelope), message: describeDetails(envelope) } };
  return {
    error: generalErrors[envelope.error] ?? { type: envelope.error.toUpperCase(), message: envelope.message },
  };
}

function isEnvelope(payload: unknown): payload is Problem {
  return payload !== null && typeof payload === 'object' && 'request_id' in payload && 'error' in payload;
}

/** Sends every error under `/v0` in the format of Airtable's API. */
export function sendAirtableErrors(app: FastifyInstance): void {
  const causes = new WeakMap<object, unknown>();
  app.addHook('onError', (request, _reply, error, done) => {
    causes.set(request, error);
    done();
  });
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const translate = reply.statusCode >= 400 && request.url.startsWith('/v0/') && isEnvelope(payload);
    done(null, translate ? toAirtable(payload, causes.get(request)) : payload);
  });
}
