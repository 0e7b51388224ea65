import { type Problem, type ProblemCode, problems } from '../../contracts/problem.ts';

/** The error body of Airtable's API: an object, or a string for unknown ids (`NOT_FOUND`). */
export interface AirtableErrorBody {
  error: string | { type: string; message: string };
}

/** Airtable's types and messages for the platform's general problems. */
const generalErrors: Partial<Record<ProblemCode, AirtableErrorBody['error']>> = {
  malformed_request: { type: 'INVALID_REQUEST_BODY', message: 'Could not parse request body' },
  unauthenticated: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' },
  token_expired: { type: 'AUTHENTICATION_REQUIRED', message: 'The token has expired' },
  token_revoked: { type: 'AUTHENTICATION_REQUIRED', message: 'The token has been revoked' },
  forbidden: {
    type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND',
    message:
      'Invalid permissions, or the requested model was not found. Check that both your user and your token have the required permissions, and that the model names and/or ids are correct.',
  },
  not_found: 'NOT_FOUND',
  uri_too_long: { type: 'REQUEST_URI_TOO_LONG', message: 'The URL is longer than 16,000 characters' },
  payload_too_large: { type: 'REQUEST_TOO_LARGE', message: 'Request body is too large' },
  unsupported_media_type: { type: 'INVALID_REQUEST_BODY', message: 'The body must be JSON' },
  validation_failed: {
    type: 'INVALID_REQUEST_UNKNOWN',
    message: 'Invalid request. Check your request data.',
  },
  rate_limited: {
    type: 'RATE_LIMIT_REACHED',
    message: 'Rate limit exceeded. Please try again later',
  },
  internal: { type: 'SERVER_ERROR', message: 'Try again. If the problem persists, contact support.' },
  not_ready: { type: 'SERVICE_UNAVAILABLE', message: 'The service is temporarily unavailable.' },
  circuit_open: { type: 'SERVICE_UNAVAILABLE', message: 'The service is temporarily unavailable.' },
};

/** The issues of the contract's schemas in one message, each with the path of its field. */
function describeDetails({ details = [] }: Problem): string {
  const issues = details.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
  return `Invalid request: parameter validation failed. Check your request data. ${issues.join('; ')}`;
}

function validationType({ details = [] }: Problem): string {
  const onRecords = details.some(({ loc }) => loc[0] === 'body' && loc[1] === 'records');
  return onRecords ? 'INVALID_RECORDS' : 'INVALID_REQUEST_UNKNOWN';
}

/** Translates the platform's envelope into the error body of Airtable's API. */
export function toAirtableError(envelope: Problem): AirtableErrorBody {
  if (envelope.error === 'validation_failed' && envelope.details !== undefined)
    return { error: { type: validationType(envelope), message: describeDetails(envelope) } };
  // The message of a rejected request says which role or scope is missing.
  const { forbidden } = generalErrors;
  if (
    envelope.error === 'forbidden' &&
    envelope.message !== problems.forbidden.message &&
    typeof forbidden === 'object'
  )
    return { error: { type: forbidden.type, message: envelope.message } };
  return {
    error: generalErrors[envelope.error] ?? { type: envelope.error.toUpperCase(), message: envelope.message },
  };
}

/** Whether a response body is the platform's envelope. */
export function isEnvelope(payload: unknown): payload is Problem {
  return payload !== null && typeof payload === 'object' && 'request_id' in payload && 'error' in payload;
}
