import type { FieldProblem, Problem, ProblemCode } from '../../contracts/problem.ts';
import { problems } from '../../contracts/problem.ts';

export interface ProblemOptions {
  /** Replaces the default message of the code. Clients read it, so it must not contain secrets. */
  message?: string;
  details?: readonly FieldProblem[];
  /** Extra headers of the response, for example `retry-after`. */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
  /** Who is rejected, for the log: of a request that is rejected before its caller is known to others. */
  caller?: { userId?: string | undefined; address: string };
}

/** An intended error response. Everything else that is thrown becomes `internal`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly details: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: ProblemOptions['caller'];
  /** A more exact type of the error, for routes whose format has one. */
  readonly type?: string;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.message ?? problems[code].message, { cause: options.cause });
    this.code = code;
    this.status = problems[code].status;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.caller = options.caller;
  }
}

/** Creates the error that a handler throws to respond with the envelope of `code`. */
export function problem(code: ProblemCode, options: ProblemOptions = {}): ProblemError {
  return new ProblemError(code, options);
}

/** Creates a `validation_failed` problem about one field that only the handler can validate. */
export function fieldProblem(loc: readonly (string | number)[], msg: string, type = 'invalid'): ProblemError {
  return new ProblemError('validation_failed', { details: [{ type, loc: [...loc], msg }] });
}

/** Seconds until a request that met no store may be sent again. The clients of the stores connect again by then. */
const retryAfterS = 2;

/** The problem of a request that needs a store which is away: 503, with the time after which to send it again. */
export function storeProblem(cause: unknown, message?: string): ProblemError {
  return problem('not_ready', {
    headers: { 'retry-after': String(retryAfterS) },
    cause,
    ...(message === undefined ? {} : { message }),
  });
}

/** The response body of an error. */
export function envelope(error: ProblemError, requestId: string): Problem {
  return {
    error: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: [...error.details] }),
    timestamp: new Date().toISOString(),
    request_id: requestId,
  };
}
