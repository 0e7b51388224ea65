import { AirtableProblem } from '../../../contracts/airtable-gateway/records.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';

function reasonOf(error: PeerProblem): string {
  if (error.problem) {
    // The first invalid field: the message alone only says that there is one.
    const [field] = error.problem.details ?? [];
    return `${error.message}: ${error.problem.message}${field ? ` ${field.loc.join('.')}: ${field.msg}` : ''}`;
  }
  const airtableProblem = AirtableProblem.safeParse(error.body);
  if (!airtableProblem.success) return error.message;
  const reason = airtableProblem.data.error;
  if (typeof reason === 'string') return `${error.message}: ${reason}`;
  return `${error.message}: ${reason.message ?? reason.type}`;
}

/** Whether no connection was made, so that the request cannot have taken effect. */
export function neverConnected(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH';
}

/**
 * Turns the failure of a peer into the failure of a step. A retry follows when the peer was not reached or responded
 * with 429, or while an earlier attempt is running; after other failures it follows only for a `repeatable` request.
 */
export function toStepFailure(error: unknown, { repeatable }: { repeatable: boolean }): unknown {
  if (!(error instanceof PeerProblem)) return error;
  const hasNoEffect =
    error.status === 429 ||
    error.isStillRunning ||
    (error.status === undefined && neverConnected(error.cause));
  const isTemporary = error.status === undefined || error.status >= 500;
  return new StepFailure(reasonOf(error), {
    retryable: hasNoEffect || (isTemporary && repeatable),
    cause: error,
  });
}

/** Statuses of problems that services store with an idempotency key, as results of a change that was tried. */
const storedRejections: ReadonlySet<number | undefined> = new Set([404, 409, 412]);

/** Whether a step failed because a service has rejected its request for a reason that it stores. */
export function isRejection(error: unknown): boolean {
  if (!(error instanceof StepFailure)) return false;
  const { cause } = error;
  return cause instanceof PeerProblem && storedRejections.has(cause.status) && !cause.isStillRunning;
}
