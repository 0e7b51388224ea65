import type { ConditionResult, RunVerdict, Verdict } from '../../judge/result.ts';
import type { Outcome } from '../../plan/outcome.ts';

/**
 * The verdict as a headline: `GO`, `GO, with 3 failing checks`, `NO-GO (violated)`, `NO-GO (not proven)` or
 * `NO-GO (harness failed)`. A written assessment has no checks to count.
 */
export function formatVerdict({ decision, basis, failing = 0 }: Verdict & Partial<RunVerdict>): string {
  if (basis !== 'proven') return `${decision} (${basis.replace('-', ' ')})`;
  return failing === 0 ? decision : `${decision}, with ${countOfChecks(failing, 'failing ')}`;
}

/** What nobody knows, beside the verdict; empty when every check that matters to GO was measured. */
export function formatUnknown({ unknown }: RunVerdict): string {
  return unknown === 0 ? '' : `Not measured: ${countOfChecks(unknown)} whose failure would forbid GO.`;
}

function countOfChecks(count: number, kind = ''): string {
  return `${count} ${kind}${count === 1 ? 'check' : 'checks'}`;
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
