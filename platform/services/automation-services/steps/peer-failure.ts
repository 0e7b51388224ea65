import { AirtableProblem } from '../../../contracts/airtable-gateway/records.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';

function reasonOf(error: PeerProblem): string {
  if (error.problem) return `${error.message}: ${error.problem.message}`;
  const refusal = AirtableProblem.safeParse(error.answer);
  if (!refusal.success) return error.message;
  const reason = refusal.data.error;
  if (typeof reason === 'string') return `${error.message}: ${reason}`;
  return `${error.message}: ${reason.message ?? reason.type}`;
}

/** Whether a connection was never made, so that nothing can have happened on the other side. */
export function neverConnected(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH';
}

/**
 * Makes a peer's refusal the step's failure. Another attempt follows when the peer was not reached or asked to wait;
 * after other failures only when repeating does no harm.
 */
export function toStepFailure(error: unknown, { repeatable }: { repeatable: boolean }): unknown {
  if (!(error instanceof PeerProblem)) return error;
  const untouched = error.status === 429 || (error.status === undefined && neverConnected(error.cause));
  const broken = error.status === undefined || error.status >= 500;
  return new StepFailure(reasonOf(error), { retryable: untouched || (broken && repeatable), cause: error });
}
