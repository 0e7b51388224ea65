import type { CheckResult } from './result.ts';

/**
 * How a check counts. `unknown` counts as failed in the proven score and as passed in the possible score, so a
 * broken or omitted measurement never improves the result.
 */
export type Standing = 'passes' | 'fails' | 'unknown' | 'excluded';

export function standingOf(check: Pick<CheckResult, 'outcome' | 'cause'>): Standing {
  switch (check.outcome) {
    case 'pass':
      return 'passes';
    case 'fail':
      return 'fails';
    case 'blocked':
      return check.cause === 'product' ? 'fails' : 'unknown';
    case 'error':
    case 'unmeasured':
      return 'unknown';
    case 'notApplicable':
      return 'excluded';
  }
}
