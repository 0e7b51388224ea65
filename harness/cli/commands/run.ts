import { checks } from '../../../scenarios/catalogue.ts';
import type { ExitCode } from '../../errors/exit-code.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { liveProgress } from '../../render/progress/live-progress.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { Interruption, watchForInterruption } from '../../run/interruption.ts';
import { judgeAndReport } from '../../run/judge-and-report.ts';
import type { RunContext } from '../../run/run-context.ts';

export interface RunOptions {
  only: string[];
  concurrency: number;
  bootTimeout: number;
  seed?: number;
  fault: string[];
  fixedPorts?: boolean;
}

/** The main job: boot, check, judge, report. The exit code is the verdict's. */
export async function run(context: RunContext, options: RunOptions): Promise<ExitCode> {
  const selected = selectChecks(checks, options.only);
  using interruption = watchForInterruption({ watchParent: context.settings.startedByNpm });
  using progress = liveProgress({ stream: context.stdout, env: context.settings.terminal });
  const conducted = await conductRun(context, {
    definitions: checks,
    selected,
    bootTimeout: options.bootTimeout,
    fixedPorts: options.fixedPorts ?? false,
    concurrency: options.concurrency,
    faults: options.fault,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    signal: interruption.signal,
    events: progress,
  });
  const code = await judgeAndReport(context, conducted.runDir, {
    onJudged: (result) => {
      progress.emit({ type: 'judged', verdict: result.verdict });
      progress.close();
    },
  });
  const { reason } = interruption.signal;
  return reason instanceof Interruption ? reason.exitCode : code;
}
