import { z } from 'zod';

/**
 * Every error code with its HTTP status and default message. A code never changes its meaning: clients depend on it.
 */
export const problems = {
  malformed_request: { status: 400, message: 'The request could not be parsed.' },
  unauthenticated: { status: 401, message: 'A valid access token is required.' },
  invalid_credentials: { status: 401, message: 'Email or password is wrong.' },
  token_expired: { status: 401, message: 'The token has expired.' },
  token_revoked: { status: 401, message: 'The token has been revoked.' },
  invalid_signature: { status: 401, message: 'The webhook does not exist, or the signature is wrong.' },
  forbidden: { status: 403, message: 'You do not have permission to do this.' },
  account_deactivated: {
    status: 403,
    message: 'This account is deactivated. An administrator of its tenant can reactivate it.',
  },
  authority_lost: { status: 403, message: 'The permission to act for this user has ended.' },
  email_not_verified: {
    status: 403,
    message: 'Confirm your email address first, with the link in the mail.',
  },
  not_found: { status: 404, message: 'The resource does not exist.' },
  method_not_allowed: { status: 405, message: 'The method is not allowed for this path.' },
  request_timeout: { status: 408, message: 'The request took too long to arrive.' },
  conflict: { status: 409, message: 'The request conflicts with the stored state.' },
  idempotency_key_in_use: {
    status: 409,
    message: 'A request with this idempotency key is still running. Repeat it later.',
  },
  duplicate_email: { status: 409, message: 'This email address is already registered.' },
  precondition_failed: { status: 412, message: 'The content differs from the one that the request expects.' },
  payload_too_large: { status: 413, message: 'The request body is too large.' },
  uri_too_long: { status: 414, message: 'The URL is longer than 16,000 characters.' },
  unsupported_media_type: { status: 415, message: 'This content type is not accepted.' },
  range_not_satisfiable: { status: 416, message: 'The requested range is not part of the file.' },
  validation_failed: { status: 422, message: 'The request does not match the contract.' },
  idempotency_key_reused: {
    status: 422,
    message: 'This idempotency key was used for another request. Use a new key for each change.',
  },
  account_locked: { status: 423, message: 'The account is temporarily locked after failed sign-ins.' },
  rate_limited: { status: 429, message: 'Too many requests.' },
  headers_too_large: { status: 431, message: 'The URL and the headers are too large.' },
  internal: { status: 500, message: 'Something went wrong on our side.' },
  not_implemented: { status: 501, message: 'This endpoint is not implemented.' },
  bad_gateway: { status: 502, message: 'The service behind the gateway could not be reached.' },
  not_ready: { status: 503, message: 'The service is not ready.' },
  circuit_open: {
    status: 503,
    message: 'The service behind the gateway is failing; retry later.',
  },
  gateway_timeout: { status: 504, message: 'The service behind the gateway did not respond in time.' },
  storage_full: { status: 507, message: 'There is no room for this file now.' },
} as const;

export type ProblemCode = keyof typeof problems;

/** A problem with one field, in FastAPI's shape, which clients of the original platform read. */
export const FieldProblem = z.object({
  type: z.string().describe('Kind of problem, e.g. "missing"'),
  loc: z
    .array(z.union([z.string(), z.number()]))
    .describe('Path to the field, starting with body, query, params or headers'),
  msg: z.string(),
});
export type FieldProblem = z.infer<typeof FieldProblem>;

/** The error envelope of every service. */
export const Problem = z.object({
  error: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  message: z.string(),
  details: z.array(FieldProblem).optional(),
  timestamp: z.iso.datetime(),
  request_id: z.string(),
});
export type Problem = z.infer<typeof Problem>;
