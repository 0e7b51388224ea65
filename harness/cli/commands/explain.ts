import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { toPlan } from '../../plan/to-plan.ts';
import { explainCheck } from '../../render/summary/explain.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Explains one check, or every check below an id prefix or in a category. */
export async function explain(context: RunContext, id: string): Promise<ExitCode> {
  const { checks: planned } = toPlan({ definitions: checks, selected: selectChecks(checks, [id]), seed: 0 });
  const terminal = terminalOf(context.stdout, context.settings.terminal);
  const wanted = planned.filter(
    (check) => check.id === id || check.id.startsWith(`${id}.`) || check.category === id,
  );
  for (const check of wanted) context.stdout.write(`${explainCheck(check, terminal)}\n`);
  return exitCode.ok;
}
