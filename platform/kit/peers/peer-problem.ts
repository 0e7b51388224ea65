import { type Problem, problems } from '../../contracts/problem.ts';
import { ProblemError } from '../http/problem.ts';

export interface PeerFailure {
  peer: string;
  /** HTTP status of the peer's response; undefined if there was none. */
  status?: number;
  /** The peer's response, if it was the platform's error envelope. */
  problem?: Problem;
  /** The peer's parsed response, if it was JSON of another shape, e.g. Airtable's own errors. */
  body?: unknown;
  /** True if the time limit passed before a response arrived. */
  timedOut?: boolean;
  cause?: unknown;
}

/** Another service responded with an error, violated its contract, or did not respond. */
export class PeerProblem extends Error {
  override readonly name = 'PeerProblem';
  readonly peer: string;
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly body: unknown;
  readonly timedOut: boolean;

  constructor(failure: PeerFailure) {
    const reason = failure.timedOut
      ? 'did not respond in time'
      : failure.status === undefined
        ? 'could not be reached'
        : `responded with ${failure.status}${failure.problem ? ` ${failure.problem.error}` : ''}`;
    super(`${failure.peer} ${reason}`, { cause: failure.cause });
    this.peer = failure.peer;
    this.status = failure.status;
    this.problem = failure.problem;
    this.body = failure.body;
    this.timedOut = failure.timedOut ?? false;
  }

  /** Whether an earlier attempt with the same idempotency key is still running. A later one gets its response. */
  get isStillRunning(): boolean {
    const airtable = (this.body as { error?: { type?: unknown } } | undefined)?.error?.type;
    return this.problem?.error === 'idempotency_key_in_use' || airtable === 'IDEMPOTENCY_KEY_IN_USE';
  }

  /**
   * The problem for our own caller. A 4xx problem is forwarded unchanged, since peers act with the caller's rights.
   * Anything else is a failure behind this service.
   */
  toProblem(): ProblemError {
    if (this.timedOut) return new ProblemError('gateway_timeout', { cause: this });
    if (this.problem !== undefined && problems[this.problem.error].status < 500) {
      const { error, message, details } = this.problem;
      return new ProblemError(error, { message, ...(details ? { details } : {}), cause: this });
    }
    return new ProblemError('bad_gateway', { cause: this });
  }
}
