import { checks } from '../../../scenarios/catalogue.ts';
import type { ExitCode } from '../../errors/exit-code.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { reportRun } from '../../run/report-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { RunRequest } from '../../run/run-request.ts';
import { type TargetOptions, targetRequest } from '../target-request.ts';

type RunOptions = Pick<RunRequest, 'bootTimeout' | 'concurrency' | 'seed'> &
  TargetOptions & { only: string[] };

/** The main command: boots, checks, judges and reports. The exit code is that of the verdict. */
export async function run(
  context: RunContext,
  { only, target, adopt, allow, ...options }: RunOptions,
): Promise<ExitCode> {
  return conductRun(context, {
    ...options,
    ...(await targetRequest({ target, adopt, allow, ...options }, context.settings.readSecret)),
    definitions: checks,
    selected: selectChecks(checks, only),
    report: (result, runDir) => reportRun(context, result, runDir),
  });
}
