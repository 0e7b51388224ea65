import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunContext } from '../../run/run-context.ts';

/**
 * Judges a stored run folder or a written assessment again, without a boot. A stored GO counts only while its
 * evidence is fresh.
 * @throws ReadinessError (exit code 5) for altered evidence, or a GO with stale evidence.
 */
export async function judgeStored(context: RunContext, path: string): Promise<ExitCode> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new ReadinessError('file-missing', `${path} does not exist.`);
  }
  if (found.isFile()) {
    const { judgeAssessmentFile } = await import('../judge-assessment-file.ts');
    return judgeAssessmentFile(context, path);
  }
  const [{ judgeRunFolder }, { reportRun }] = await Promise.all([
    import('../../run/judge-run-folder.ts'),
    import('../../run/report-run.ts'),
  ]);
  const code = await reportRun(context, await judgeRunFolder(path), path);
  if (code === exitCode.ok) await rejectStaleEvidence(context, path);
  return code;
}

async function rejectStaleEvidence(context: RunContext, runDir: string): Promise<void> {
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
