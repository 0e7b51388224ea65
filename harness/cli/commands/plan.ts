import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { freezePlan } from '../../plan/freeze-plan.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { toPlan } from '../../plan/to-plan.ts';
import { planTable } from '../../render/summary/plan-table.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Prints the plan of a run, with seed 0. */
export async function plan(
  context: RunContext,
  { only, json }: { only: string[]; json?: boolean },
): Promise<ExitCode> {
  const selected = selectChecks(checks, only);
  const frozen = freezePlan(toPlan({ definitions: checks, selected, seed: 0 }));
  const terminal = terminalOf(context.stdout, context.settings.terminal);
  context.stdout.write(json ? frozen.json : planTable(frozen.plan, terminal));
  return exitCode.ok;
}
