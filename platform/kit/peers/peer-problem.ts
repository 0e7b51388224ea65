import { type Problem, problems } from '../../contracts/problem.ts';
import { ProblemError } from '../http/problem.ts';

export interface PeerFailure {
  peer: string;
  /** HTTP status of the peer's answer; undefined when there was none. */
  status?: number;
  /** The peer's answer when it was the platform's error envelope. */
  problem?: Problem;
  /** The peer's parsed answer when it was JSON of another shape, e.g. Airtable's own errors. */
  answer?: unknown;
  /** True when the time limit passed before an answer came. */
  timedOut?: boolean;
  cause?: unknown;
}

/** Another service answered with an error, answered nonsense, or did not answer. */
export class PeerProblem extends Error {
  override readonly name = 'PeerProblem';
  readonly peer: string;
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly answer: unknown;
  readonly timedOut: boolean;

  constructor(failure: PeerFailure) {
    const outcome = failure.timedOut
      ? 'did not answer in time'
      : failure.status === undefined
        ? 'could not be reached'
        : `answered ${failure.status}${failure.problem ? ` ${failure.problem.error}` : ''}`;
    super(`${failure.peer} ${outcome}`, { cause: failure.cause });
    this.peer = failure.peer;
    this.status = failure.status;
    this.problem = failure.problem;
    this.answer = failure.answer;
    this.timedOut = failure.timedOut ?? false;
  }

  /**
   * What to answer our own caller when nobody handled this: a refusal of the caller's request (4xx) is passed
   * on as it is, since peers act with the caller's rights; anything else is a failure behind us.
   */
  toProblem(): ProblemError {
    if (this.timedOut) return new ProblemError('gateway_timeout', { cause: this });
    const refusal = this.problem;
    if (refusal !== undefined && problems[refusal.error].status < 500) {
      return new ProblemError(refusal.error, {
        message: refusal.message,
        ...(refusal.details ? { details: refusal.details } : {}),
        cause: this,
      });
    }
    return new ProblemError('bad_gateway', { cause: this });
  }
}
