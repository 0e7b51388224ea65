import { readFile } from 'node:fs/promises';
import { judgeAssessment } from '../assessment/judge-assessment.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import { exitCodeOf } from '../judge/exit-code-of.ts';
import { renderAssessmentSummary } from '../render/summary/assessment-summary.ts';
import { terminalOf } from '../render/terminal/terminal.ts';
import type { RunContext } from '../run/run-context.ts';
import { parseJson } from '../run/run-folder.ts';

/** Judges a written assessment by its own figures, and prints its contradictions. */
export async function judgeAssessmentFile(context: RunContext, file: string): Promise<ExitCode> {
  const result = judgeAssessment(parseJson(await readFile(file, 'utf8'), file));
  const terminal = terminalOf(context.stdout, context.settings.terminal);
  context.stdout.write(renderAssessmentSummary(result, terminal));
  return exitCodeOf(result);
}
