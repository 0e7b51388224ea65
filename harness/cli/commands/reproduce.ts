import { relative } from 'node:path';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { BiteResult } from '../../faults/bite/bite.ts';
import { changesOf, declaredOf, nameOf } from '../../faults/fault.ts';
import { parseFaults } from '../../faults/parse-fault.ts';
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
import { faults } from '../fault-catalogue.ts';
import { listFaults } from './faults.ts';

/**
 * Share of the usual waits of checks while the fault is in force. `prove` waits in full for each fault, so that this
 * command need not; what a fault leaves in order comes within a second or two.
 */
const patienceUnderFault = 0.25;

export interface ReproduceOptions {
  bootTimeout: number;
  seed?: number;
  runtime: RuntimeName;
  list?: boolean;
  keepUp?: boolean;
  heal?: boolean;
  /** Path of a target file. */
  target?: string;
}

/**
 * Boots the platform with a fault, or several at once, shows the symptoms beside the recorded ones, and runs the checks
 * that must catch them.
 * @returns 0 when every fault was caught as declared, and healed where that was wanted; 3 when this machine cannot
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
  // A harness that is killed could not lift a fault there.
  if (options.target !== undefined)
    throw new ReadinessError('target-invalid', '--target cannot be combined with reproduce.', {
      hint: 'Remove --target: a fault is injected only into a platform that the command boots, and ends with it.',
    });
  const injections = parseFaults(id, faults);
  const { red, green } = declaredOf(injections);
  const healsInPlace = canBeLifted(changesOf(injections));
  let bites: readonly BiteResult[] = [];
  let before: SteadyState | undefined;
  let healed: Result | undefined;
  const request: RunRequest = {
    bootTimeout: options.bootTimeout,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    runtime: options.runtime,
    definitions: checks,
    selected: selectChecks(checks, [...red, ...green]),
    concurrency: 4,
    injections,
    patienceUnderFault,
    keepUp: options.keepUp ?? false,
    async beforeFaults(platform) {
      if (options.heal && healsInPlace) before = await readSteadyState(platform.stack);
    },
    async afterChecks(faulty) {
      bites = faulty.bites.map(({ bite }) => bite);
      if (before && !options.keepUp && !faulty.signal.aborted)
        healed = await checkHealed({ context, request, faulty, before });
    },
    async report(result, runDir) {
      if (options.heal && !healsInPlace && !options.keepUp) healed = await runWithout(context, request);
      const reproduction = judgeReproduction(injections, { bites, result });
      await writeReports(context, result, runDir);
      const terminal = terminalOf(context.stdout, context.settings.terminal);
      const { state, explanation, symptoms } = reproduction;
      const shown = injections.map((injection, index) => ({
        ...injection.fault,
        name: nameOf(injection),
        bite: bites[index],
        symptom: symptoms[index],
      }));
      const folder = relative(process.cwd(), runDir);
      context.stdout.write(
        reproductionReport(
          { faults: shown, red, green, state, explanation, result, healed, runDir: folder },
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
    injections: [],
    async report(_result, runDir) {
      folder = runDir;
      return exitCode.ok;
    },
  });
  return judgeRunFolder(folder);
}
