import type { CheckDefinition } from '../../harness/engine/check.ts';
import type { RunInstruments } from '../../harness/engine/instruments/open-instruments.ts';
import { runCheck } from '../../harness/engine/run-check.ts';
import { outcomeOf } from '../../harness/judge/outcome-of.ts';
import type { PlannedCheck } from '../../harness/plan/plan.ts';

/**
 * Runs one check without the checks that it needs, and judges it. Its evidence is not stored.
 * @param options.timeoutMs default: 60,000
 * @throws Error when the plan has no such check
 */
export async function runAlone(options: {
  definition: CheckDefinition;
  plan: { readonly checks: readonly PlannedCheck[] };
  instruments: Pick<RunInstruments, 'forCheck'>;
  timeoutMs?: number;
  /** Default: it is never interrupted. */
  signal?: AbortSignal;
}) {
  const { definition, plan, instruments, timeoutMs = 60_000, signal } = options;
  const planned = plan.checks.find(({ id }) => id === definition.id);
  if (!planned) throw new Error(`${definition.id} is not planned`);
  const facts = await runCheck({
    definition,
    timeoutMs,
    signal: signal ?? new AbortController().signal,
    instruments: (check) => instruments.forCheck(check),
    evidence: { paths: [], write: async () => undefined },
    logs: () => [],
    now: () => performance.now(),
  });
  return { outcome: outcomeOf(planned, facts), facts };
}
