import type { CheckResult } from './result.ts';

/**
 * What a check counts for. `unknown` counts as failed in the proven bound and as passed in the possible
 * one: whoever breaks a measurement or leaves it out cannot gain by it.
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
