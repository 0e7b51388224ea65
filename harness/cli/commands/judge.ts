import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunContext } from '../../run/run-context.ts';

/**
 * Judges again what is stored: a run folder, or a written assessment. Boots nothing. A stored GO counts only
 * while its evidence is fresh.
 * @throws ReadinessError, exit code 5 for evidence that was altered or is too old to release on.
 */
export async function judgeStored(context: RunContext, path: string): Promise<ExitCode> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new ReadinessError('file-missing', `There is no ${path}.`);
  }
  if (found.isFile()) {
    const { judgeAssessmentFile } = await import('../judge-assessment-file.ts');
    return judgeAssessmentFile(context, path);
  }
  const { judgeAndReport } = await import('../../run/judge-and-report.ts');
  const code = await judgeAndReport(context, path);
  if (code === exitCode.ok) await refuseStaleEvidence(context, path);
  return code;
}

async function refuseStaleEvidence(context: RunContext, runDir: string): Promise<void> {
  const [{ readStored }, { Manifest }, { Plan }, { verifyFreshness }] = await Promise.all([
    import('../../run/run-folder.ts'),
    import('../../evidence/facts.ts'),
    import('../../plan/plan.ts'),
    import('../../evidence/verify-evidence.ts'),
  ]);
  const manifest = await readStored(join(runDir, 'manifest.json'), Manifest);
  const plan = await readStored(join(runDir, 'plan.json'), Plan);
  verifyFreshness({ manifest, freshnessHours: plan.policy.freshnessHours, at: context.now() });
}
