import { once } from 'node:events';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { Outcome } from '../../plan/outcome.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { liveProgress } from '../../render/progress/live-progress.ts';
import { checkReport } from '../../render/summary/check-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { Interruption, watchForInterruption } from '../../run/interruption.ts';
import { judgeRunFolder } from '../../run/judge-and-report.ts';
import type { RunContext } from '../../run/run-context.ts';

/** What the one check's outcome means to the shell. It is never a verdict about a release. */
const codeOf: Record<Outcome, ExitCode> = {
  pass: exitCode.ok,
  fail: exitCode.violated,
  blocked: exitCode.violated,
  error: exitCode.harness,
  unmeasured: exitCode.notProven,
  notApplicable: exitCode.notProven,
};

/** Repeats one check with what it needs and shows everything that was seen. */
export async function check(
  context: RunContext,
  id: string,
  options: { bootTimeout: number; seed?: number; fault: string[]; fixedPorts?: boolean; keepUp?: boolean },
): Promise<ExitCode> {
  const selected = selectChecks(checks, [id]);
  if (!checks.some((definition) => definition.id === id)) {
    throw new ReadinessError('check-ambiguous', `"${id}" names several checks or none.`, {
      hint: `Name one: ${[...selected].filter((one) => one.startsWith(id)).join(', ')}`,
    });
  }
  using interruption = watchForInterruption({ watchParent: context.settings.startedByNpm });
  using progress = liveProgress({ stream: context.stdout, env: context.settings.terminal });
  const conducted = await conductRun(context, {
    definitions: checks,
    selected,
    bootTimeout: options.bootTimeout,
    fixedPorts: options.fixedPorts ?? false,
    concurrency: 6,
    faults: options.fault,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    signal: interruption.signal,
    events: progress,
    async beforeStop(stack) {
      if (!options.keepUp || interruption.signal.aborted) return;
      progress.close();
      for (const [name, url] of Object.entries(stack.addresses.services))
        context.stdout.write(`${name}  ${url}\n`);
      context.stdout.write('Kept up. Ctrl-C stops the platform and shows what the check saw.\n');
      await once(interruption.signal, 'abort');
    },
  });
  progress.close();
  const result = await judgeRunFolder(conducted.runDir);
  const seen = result.checks.find((one) => one.id === id);
  if (!seen) throw new Error(`The result has no check ${id}.`);
  context.stdout.write(
    checkReport(result, seen, {
      terminal: terminalOf(context.stdout, context.settings.terminal),
      runDir: conducted.runDir,
    }),
  );
  const { reason } = interruption.signal;
  if (reason instanceof Interruption && !options.keepUp) return reason.exitCode;
  return codeOf[seen.outcome];
}
