import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  limitsMs,
  loadOf,
  observationsOf,
  requirementsOf,
} from '../../../scenarios/api/load/cluster-load.ts';
import { errorRateUnderLoad } from '../../../scenarios/api/load/error-rate-checks.ts';
import { stepName } from '../../engine/instruments/load/load-plan.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { judgeLoad } from '../../load/judge-load.ts';
import { loadReport } from '../../load/load-report.ts';
import { type MergedLoad, mergeReports } from '../../load/merge-reports.ts';
import { readLogs } from '../../load/read-logs.ts';
import { canonicalJson } from '../../plan/canonical-json.ts';
import type { Outcome } from '../../plan/outcome.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { RunContext } from '../../run/run-context.ts';
import { createRunFolder, hashRunFiles, newRunId, writeAtomically } from '../../run/run-folder.ts';

const codeOf: Record<Outcome, ExitCode> = {
  pass: exitCode.ok,
  fail: exitCode.violated,
  blocked: exitCode.violated,
  error: exitCode.harness,
  unmeasured: exitCode.notProven,
  notApplicable: exitCode.notProven,
};

/** Merges the reports of all runners of a load, judges them like the load check, and stores them as evidence. */
export async function mergeLoad(
  context: RunContext,
  paths: readonly string[],
  { digest, json }: { digest?: string; json?: boolean },
): Promise<ExitCode> {
  const merged = mergeReports(await readLogs(paths));
  rejectOtherLoad(merged, digest);
  const { rate, durationS } = merged.settings;
  const check = { ...errorRateUnderLoad, expects: requirementsOf({ rate, duration: durationS }) };
  const result = judgeLoad(merged, check, observationsOf);
  const folder = await createRunFolder(context.runsDir, `load-${newRunId(context.now())}`);
  await mkdir(join(folder, 'evidence'));
  for (const { index, report } of merged.runners)
    await writeAtomically(join(folder, 'evidence', `runner-${index}.json`), canonicalJson(report));
  const text = canonicalJson(result);
  await writeAtomically(join(folder, 'result.json'), text);
  await writeAtomically(join(folder, 'manifest.json'), canonicalJson({ files: await hashRunFiles(folder) }));
  const terminal = terminalOf(context.stdout, context.settings.terminal);
  context.stdout.write(json ? text : loadReport(result, { terminal, folder }));
  return codeOf[result.outcome];
}

/** @throws ReadinessError (exit code 2) for reports that the limits of the load check do not fit. */
function rejectOtherLoad({ digest, settings }: MergedLoad, wanted: string | undefined): void {
  if (wanted !== undefined && digest !== wanted)
    throw new ReadinessError('load-reports-invalid', `The runners ran ${digest}, not ${wanted}.`, {
      hint: 'Give the logs of the load whose manifests have this digest.',
    });
  const requests = loadOf({ rate: 1, duration: 1 }).flows.flatMap(({ steps }) => steps.map(stepName));
  const limits = Object.values(limitsMs).every((limit) => settings.boundsMs.includes(limit));
  if (!limits || canonicalJson(settings.requests) !== canonicalJson(requests))
    throw new ReadinessError(
      'load-reports-invalid',
      'The runners ran a load of another version: its requests or limits differ.',
      { hint: 'Merge with the version that wrote the manifests.' },
    );
}
