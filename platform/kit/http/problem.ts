import type { FieldProblem, Problem, ProblemCode } from '../../contracts/problem.ts';
import { problems } from '../../contracts/problem.ts';

export interface ProblemOptions {
  /** Replaces the code's default sentence. Must not carry secrets: clients read it. */
  message?: string;
  details?: readonly FieldProblem[];
  /** Extra headers of the answer, for example `retry-after`. */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An answer other than success, on purpose. Everything else that is thrown becomes `internal`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly details: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.message ?? problems[code].message, { cause: options.cause });
    this.code = code;
    this.status = problems[code].status;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

/** Makes the error a handler throws to answer with the envelope of `code`. */
export function problem(code: ProblemCode, options: ProblemOptions = {}): ProblemError {
  return new ProblemError(code, options);
}

/** A `validation_failed` problem about one field that only the handler could judge. */
export function fieldProblem(loc: readonly (string | number)[], msg: string, type = 'invalid'): ProblemError {
  return new ProblemError('validation_failed', { details: [{ type, loc: [...loc], msg }] });
}

/** The body that goes over the wire. */
export function envelope(error: ProblemError, requestId: string): Problem {
  return {
    error: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: [...error.details] }),
    timestamp: new Date().toISOString(),
    request_id: requestId,
  };
}
