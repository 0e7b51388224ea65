import { AirtableProblem } from '../../contracts/airtable-gateway/records.ts';
import { PeerProblem } from '../../kit/peers/peer-problem.ts';

/** A tool cannot do what was asked, for a reason that the caller can act on. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
}

/**
 * What callers read about a failure: the reason of a rejection as the service that rejected gave it, and no details of
 * failures on our side.
 */
export function failureMessage(error: unknown): string {
  if (error instanceof ToolFailure) return error.message;
  if (!(error instanceof PeerProblem)) return 'The tool failed.';
  if (error.status === undefined || error.status >= 500) return `${error.message}.`;
  if (error.problem) return `${error.problem.error}: ${error.problem.message}`;
  const rejection = AirtableProblem.safeParse(error.answer);
  if (!rejection.success) return `${error.message}.`;
  const reason = rejection.data.error;
  if (typeof reason === 'string') return reason;
  return reason.message ? `${reason.type}: ${reason.message}` : reason.type;
}
