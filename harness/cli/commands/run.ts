import { checks } from '../../../scenarios/catalogue.ts';
import type { ExitCode } from '../../errors/exit-code.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { reportRun } from '../../run/report-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { RunRequest } from '../../run/run-request.ts';
import { type TargetOptions, targetRequest } from '../target-request.ts';

type RunOptions = Pick<RunRequest, 'bootTimeout' | 'seed'> &
  TargetOptions & { only: string[]; concurrency?: number };

/**
 * How many checks work at the same time. Containers have a limit of processor time each, and share the machine with
 * their engine: with four checks, requests waited longer for a connection to PostgreSQL than the platform allows.
 */
const usualConcurrency = { process: 4, testcontainers: 2, compose: 2 } as const;

/** The main command: boots, checks, judges and reports. The exit code is that of the verdict. */
export async function run(
  context: RunContext,
  { only, target, adopt, allow, ...options }: RunOptions,
): Promise<ExitCode> {
  return conductRun(context, {
    ...options,
    concurrency: options.concurrency ?? usualConcurrency[options.runtime ?? 'process'],
    ...(await targetRequest({ target, adopt, allow, ...options }, context.settings.readSecret)),
    definitions: checks,
    selected: selectChecks(checks, only),
    report: (result, runDir) => reportRun(context, result, runDir),
  });
}
