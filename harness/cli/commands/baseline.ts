import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Baseline, PaceRecord } from '../../engine/instruments/load/baseline.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { judgeRunFolder } from '../../run/judge-run-folder.ts';
import { baselineFile } from '../../run/read-baseline.ts';
import type { RunContext } from '../../run/run-context.ts';
import { writeAtomically } from '../../run/run-folder.ts';

/** The check whose evidence has the paces. */
const paceCheck = 'api.load.routes-keep-pace';

/**
 * Makes the paces of a run the baseline of later ones.
 * @throws ReadinessError: exit code 5 when a file of the run was changed, 2 when it measured no paces or was slow itself
 */
export async function acceptBaseline(context: RunContext, runDir: string): Promise<ExitCode> {
  const result = await judgeRunFolder(runDir);
  const check = result.checks.find(({ id }) => id === paceCheck);
  const path = check?.evidence.filter((file) => /\/paces(?:-\d+)?\.json$/.test(file)).at(-1);
  if (check?.outcome !== 'pass' || path === undefined)
    throw new ReadinessError(
      'baseline-unusable',
      `In ${runDir} the check ${paceCheck} is ${check?.outcome ?? 'absent'}, so it has no paces to accept.`,
    );
  const record = PaceRecord.parse(JSON.parse(await readFile(join(runDir, path), 'utf8')));
  const baseline: Baseline = {
    schema: 'readiness.baseline/1',
    run: result.run.runId,
    acceptedAt: context.now().toISOString(),
    ...record,
  };
  const file = join(context.packageRoot, baselineFile);
  await writeAtomically(file, `${JSON.stringify(baseline, null, 2)}\n`);
  context.stdout.write(`${baselineFile}: ${record.paces.length} routes of run ${result.run.runId}\n`);
  return exitCode.ok;
}
