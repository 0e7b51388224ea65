import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { freezePlan } from '../../plan/freeze-plan.ts';
import { assessmentPolicy } from '../../plan/policy.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { toPlan } from '../../plan/to-plan.ts';
import { planTable } from '../../render/summary/plan-table.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Prints the plan a run would freeze (with seed 0). */
export async function plan(
  context: RunContext,
  options: { only: string[]; json?: boolean },
): Promise<ExitCode> {
  const frozen = freezePlan(
    toPlan({
      definitions: checks,
      selected: selectChecks(checks, options.only),
      policy: assessmentPolicy,
      runtime: 'process',
      seed: 0,
    }),
  );
  context.stdout.write(
    options.json
      ? frozen.json
      : planTable(frozen.plan, terminalOf(context.stdout, context.settings.terminal)),
  );
  return exitCode.ok;
}
