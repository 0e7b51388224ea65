import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { reproduceCommand } from '../../judge/blockers.ts';
import { assessmentPolicy } from '../../plan/policy.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { toPlan } from '../../plan/to-plan.ts';
import { explainCheck } from '../../render/summary/explain.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Explains a check, or every check of a group. */
export async function explain(context: RunContext, id: string): Promise<ExitCode> {
  const selected = selectChecks(checks, [id]);
  const planned = toPlan({
    definitions: checks,
    selected,
    policy: assessmentPolicy,
    runtime: 'process',
    seed: 0,
  });
  const terminal = terminalOf(context.stdout, context.settings.terminal);
  const wanted = planned.checks.filter(
    (check) => check.id === id || check.id.startsWith(`${id}.`) || check.category === id,
  );
  for (const check of wanted)
    context.stdout.write(`${explainCheck(check, { terminal, reproduce: reproduceCommand(check.id) })}\n`);
  return exitCode.ok;
}
