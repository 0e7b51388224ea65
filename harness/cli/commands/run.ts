import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { checks } from '../../../scenarios/catalogue.ts';
import { readAssessment } from '../../assessment/read-assessment.ts';
import { compareWithRun } from '../../assessment/replay/compare-with-run.ts';
import type { ExitCode } from '../../errors/exit-code.ts';
import { type FaultSet, parseFaultSet } from '../../faults/fault-sets.ts';
import { parseFault } from '../../faults/parse-fault.ts';
import type { Result } from '../../judge/result.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { renderReplay } from '../../render/summary/replay-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { conductRun } from '../../run/conduct-run.ts';
import { reportRun } from '../../run/report-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import { parseJson, writeAtomically } from '../../run/run-folder.ts';
import type { RunRequest } from '../../run/run-request.ts';
import { faults } from '../fault-catalogue.ts';
import { type TargetOptions, targetRequest } from '../target-request.ts';

type RunOptions = Pick<RunRequest, 'bootTimeout' | 'seed'> &
  TargetOptions & {
    only: string[];
    concurrency?: number;
    /** Id of a set of faults. */
    faults?: string;
  };

/**
 * How many checks work at the same time. Containers have a limit of processor time each, and share the machine with
 * their engine: with four checks, requests waited longer for a connection to PostgreSQL than the platform allows.
 */
const usualConcurrency = { process: 4, testcontainers: 2, compose: 2 } as const;

/** The main command: boots, checks, judges and reports. The exit code is that of the verdict. */
export async function run(
  context: RunContext,
  { only, target, adopt, allow, fault, faults: setId, ...options }: RunOptions,
): Promise<ExitCode> {
  const set = setId === undefined ? undefined : parseFaultSet(setId);
  const named = [...(set?.faults ?? []), ...fault];
  return conductRun(context, {
    ...options,
    injections: named.map((text) => parseFault(text, faults)),
    concurrency: options.concurrency ?? usualConcurrency[options.runtime ?? 'process'],
    ...(await targetRequest({ target, adopt, allow, fault: named, ...options }, context.settings.readSecret)),
    definitions: checks,
    selected: selectChecks(checks, only),
    async report(result, runDir) {
      const code = await reportRun(context, result, runDir);
      if (set) await replay(context, set, { result, runDir });
      return code;
    },
  });
}

/** Sets the run beside the document that describes the state of the platform, line by line. */
async function replay(
  context: RunContext,
  { assessment }: FaultSet,
  { result, runDir }: { result: Result; runDir: string },
): Promise<void> {
  const path = join(context.packageRoot, assessment);
  const document = readAssessment(parseJson(await readFile(path, 'utf8'), path));
  const compared = compareWithRun(document, result);
  const file = join(runDir, 'replay.json');
  await writeAtomically(file, `${JSON.stringify(compared, null, 2)}\n`);
  context.stdout.write(`\n${renderReplay(compared, terminalOf(context.stdout, context.settings.terminal))}`);
  context.stdout.write(`${relative(process.cwd(), file)}\n`);
}
