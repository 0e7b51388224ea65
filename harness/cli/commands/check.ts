import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { parseFault } from '../../faults/parse-fault.ts';
import type { Outcome } from '../../plan/outcome.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { checkReport } from '../../render/summary/check-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { conductRun } from '../../run/conduct-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { RunRequest } from '../../run/run-request.ts';
import { faults } from '../fault-catalogue.ts';
import { type TargetOptions, targetRequest } from '../target-request.ts';

type CheckOptions = Pick<RunRequest, 'bootTimeout' | 'seed'> & TargetOptions;

/** The exit code of the check's outcome. It is never a verdict about a release. */
const codeOf: Record<Outcome, ExitCode> = {
  pass: exitCode.ok,
  fail: exitCode.violated,
  blocked: exitCode.violated,
  error: exitCode.harness,
  unmeasured: exitCode.notProven,
  notApplicable: exitCode.notProven,
};

/** Runs one check and the checks it needs, and shows everything that it observed. */
export async function check(
  context: RunContext,
  id: string,
  { target, adopt, allow, fault, ...options }: CheckOptions,
): Promise<ExitCode> {
  const selected = selectChecks(checks, [id]);
  if (!checks.some((definition) => definition.id === id)) {
    throw new ReadinessError('check-ambiguous', `"${id}" is not the id of one check.`, {
      hint: `Use one id: ${[...selected].filter((one) => one.startsWith(id)).join(', ')}`,
    });
  }
  return conductRun(context, {
    ...options,
    ...(await targetRequest({ target, adopt, allow, fault, ...options }, context.settings.readSecret)),
    injections: fault.map((text) => parseFault(text, faults)),
    definitions: checks,
    selected,
    concurrency: 6,
    async report(result, runDir) {
      const judged = result.checks.find((one) => one.id === id);
      if (!judged) throw new Error(`The result has no check ${id}.`);
      const terminal = terminalOf(context.stdout, context.settings.terminal);
      context.stdout.write(checkReport(result, judged, { terminal, runDir }));
      return codeOf[judged.outcome];
    },
  });
}
