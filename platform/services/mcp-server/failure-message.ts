import { AirtableProblem } from '../../contracts/airtable-gateway/records.ts';
import { PeerProblem } from '../../kit/peers/peer-problem.ts';
import { ToolFailure } from './airtable.ts';

/**
 * What a caller is told of a failure: refusals in the words of the service that refused, nothing of failures
 * that are ours.
 */
export function failureMessage(error: unknown): string {
  if (error instanceof ToolFailure) return error.message;
  if (!(error instanceof PeerProblem)) return 'The tool failed.';
  if (error.status === undefined || error.status >= 500) return `${error.message}.`;
  if (error.problem) return `${error.problem.error}: ${error.problem.message}`;
  const refusal = AirtableProblem.safeParse(error.answer);
  if (!refusal.success) return `${error.message}.`;
  const reason = refusal.data.error;
  if (typeof reason === 'string') return reason;
  return reason.message ? `${reason.type}: ${reason.message}` : reason.type;
}
