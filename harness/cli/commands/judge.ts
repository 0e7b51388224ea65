import { stat } from 'node:fs/promises';
import { type ExitCode, exitCode } from '../../exit-code.ts';
import { ReadinessError } from '../../readiness-error.ts';
import type { CommandContext } from '../command-context.ts';

/** Judges again what is stored: a run folder, or a written assessment. Boots nothing. */
export async function judgeStored(context: CommandContext, path: string): Promise<ExitCode> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new ReadinessError('no-such-file', `There is no ${path}.`, {
      hint: 'Give the folder of a run, e.g. reports/runs/<id>, or fixtures/assessments/2025-08-07.json',
      exitCode: exitCode.usage,
    });
  }
  if (found.isFile()) {
    const { judgeAssessmentFile } = await import('../judge-assessment-file.ts');
    return judgeAssessmentFile(context, path);
  }
  const { judgeAndReport } = await import('../judge-and-report.ts');
  return judgeAndReport(context, path, { summary: true });
}
