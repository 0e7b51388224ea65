import type { CheckFacts } from '../evidence/facts.ts';
import { judgeFacts } from '../judge/outcome-of.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import type { RunEvent } from './run-event.ts';

type CheckFinished = Extract<RunEvent, { type: 'check-finished' }>;

/** How a finished check looks while the run goes on; the judge's own rule, without the root causes. */
export function checkSummary(
  check: PlannedCheck,
  facts: CheckFacts,
): Pick<CheckFinished, 'ending' | 'durationMs' | 'detail'> {
  const { outcome, explanation } = judgeFacts(check, facts);
  return {
    ending: outcome === 'notApplicable' ? 'unmeasured' : outcome,
    durationMs: facts.durationMs,
    ...(outcome === 'pass' ? {} : { detail: explanation }),
  };
}
