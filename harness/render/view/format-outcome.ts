import type { ConditionResult, Verdict } from '../../judge/result.ts';
import type { Outcome } from '../../plan/outcome.ts';

/** The verdict as a headline: `GO`, `NO-GO (violated)`, `NO-GO (not proven)` or `NO-GO (harness failed)`. */
export function formatVerdict({ decision, basis }: Verdict): string {
  return basis === 'proven' ? decision : `${decision} (${basis.replace('-', ' ')})`;
}

export function formatOutcome(outcome: Outcome): string {
  return outcome === 'notApplicable' ? 'not applicable' : outcome;
}

/** The heading over root causes. Under GO they block nothing. */
export function blockersHeading({ decision }: Verdict): string {
  return decision === 'GO' ? 'Findings that do not prevent GO' : 'Blockers';
}

export function formatConditionState(state: ConditionResult['state']): string {
  return state.replace('-', ' ');
}
