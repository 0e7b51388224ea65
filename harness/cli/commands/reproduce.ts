import { relative } from 'node:path';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { BiteResult } from '../../faults/bite/bite.ts';
import { faults } from '../../faults/catalogue.ts';
import { nameOf } from '../../faults/fault.ts';
import { parseFault } from '../../faults/parse-fault.ts';
import { readSteadyState, type SteadyState } from '../../faults/steady-state.ts';
import type { Result } from '../../judge/result.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { isHealed, reproductionReport } from '../../render/summary/reproduction-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { judgeRunFolder } from '../../run/judge-run-folder.ts';
import { canBeLifted } from '../../run/measure-platform.ts';
import type { RuntimeName } from '../../run/platform/runtime-name.ts';
import { writeReports } from '../../run/report-run.ts';
import { checkHealed } from '../../run/reproduce/check-healed.ts';
import { judgeReproduction } from '../../run/reproduce/judge-reproduction.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { RunRequest } from '../../run/run-request.ts';
import { listFaults } from './faults.ts';

export interface ReproduceOptions {
  bootTimeout: number;
  seed?: number;
  runtime: RuntimeName;
  list?: boolean;
  keepUp?: boolean;
  heal?: boolean;
}

/**
 * Boots the platform with one fault, shows its symptom beside the recorded one, and runs the checks that must catch it.
 * @returns 0 when the fault was caught as declared, and healed where that was wanted; 3 when this machine cannot
 * reproduce it; else 1
 */
export async function reproduce(
  context: RunContext,
  id: string | undefined,
  options: ReproduceOptions,
): Promise<ExitCode> {
  if (options.list) return listFaults(context);
  if (id === undefined)
    throw new ReadinessError('fault-unknown', 'Name the fault to reproduce.', {
      hint: 'npm run readiness -- reproduce --list',
    });
  const injection = parseFault(id, faults);
  const { fault } = injection;
  const { red, green, changes } = fault.in(injection.service);
  const healsInPlace = canBeLifted(changes);
  let bite: BiteResult | undefined;
  let before: SteadyState | undefined;
  let healed: Result | undefined;
  const request: RunRequest = {
    bootTimeout: options.bootTimeout,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    runtime: options.runtime,
    definitions: checks,
    selected: selectChecks(checks, [...red, ...green]),
    concurrency: 4,
    fault: [nameOf(injection)],
    keepUp: options.keepUp ?? false,
    async beforeFaults(platform) {
      if (options.heal && healsInPlace) before = await readSteadyState(platform.stack);
    },
    async afterChecks(faulty) {
      bite = faulty.bites[0]?.bite;
      if (before && !options.keepUp && !faulty.signal.aborted)
        healed = await checkHealed({ context, request, faulty, before });
    },
    async report(result, runDir) {
      if (options.heal && !healsInPlace && !options.keepUp) healed = await runWithout(context, request);
      const reproduction = judgeReproduction(injection, { bite, result });
      await writeReports(context, result, runDir);
      const terminal = terminalOf(context.stdout, context.settings.terminal);
      const view = { ...fault, name: nameOf(injection), red, green, bite, result, healed };
      context.stdout.write(
        reproductionReport(
          {
            ...view,
            ...reproduction,
            symptom: reproduction.symptom,
            runDir: relative(process.cwd(), runDir),
          },
          terminal,
        ),
      );
      if (reproduction.state === 'unproven') return exitCode.notProven;
      const caught = reproduction.state === 'caught' && (healed === undefined || isHealed(healed));
      return caught ? exitCode.ok : exitCode.violated;
    },
  };
  return conductRun(context, request);
}

/** The same checks in a boot without the fault. */
async function runWithout(context: RunContext, request: RunRequest): Promise<Result> {
  const { afterChecks: _after, beforeFaults: _before, ...rest } = request;
  let folder = '';
  await conductRun(context, {
    ...rest,
    fault: [],
    async report(_result, runDir) {
      folder = runDir;
      return exitCode.ok;
    },
  });
  return judgeRunFolder(folder);
}
