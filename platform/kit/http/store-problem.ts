import { type ProblemError, problem } from './problem.ts';

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
