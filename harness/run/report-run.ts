import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ExitCode } from '../errors/exit-code.ts';
import { exitCodeOf } from '../judge/exit-code-of.ts';
import type { Result } from '../judge/result.ts';
import { loadTemplates } from '../render/load-templates.ts';
import { renderAll } from '../render/render-all.ts';
import { renderSummary } from '../render/summary/summary.ts';
import { terminalOf } from '../render/terminal/terminal.ts';
import type { RunContext } from './run-context.ts';
import { writeAtomically } from './run-folder.ts';

/**
 * Writes every report of a result and prints the summary.
 * @returns the exit code of the verdict
 * @throws ReadinessError (exit code 4) if a report cannot be rendered; the summary is printed first.
 */
export async function reportRun(context: RunContext, result: Result, runDir: string): Promise<ExitCode> {
  let failure: unknown;
  const reportFiles = await writeReports(context, result, runDir).catch((error: unknown) => {
    failure = error;
    return [join(runDir, 'result.json')];
  });
  context.stdout.write(
    renderSummary(result, { terminal: terminalOf(context.stdout, context.settings.terminal), reportFiles }),
  );
  if (failure) throw failure;
  return exitCodeOf(result);
}

/**
 * Renders every report of a result into its run folder.
 * @returns the paths relative to the working directory
 * @throws ReadinessError (exit code 4) if a report cannot be rendered; the others are written first.
 */
export async function writeReports(context: RunContext, result: Result, runDir: string): Promise<string[]> {
  const { files, errors } = renderAll(result, {
    templates: await loadTemplates(join(context.packageRoot, 'reports/templates')),
  });
  const paths: string[] = [];
  for (const { name, content } of files) {
    const file = join(runDir, name);
    if (name !== 'result.json' || (await readFile(file, 'utf8').catch(() => '')) !== content) {
      await writeAtomically(file, content);
    }
    paths.push(relative(process.cwd(), file) || file);
  }
  const [first] = errors;
  if (first) throw first.error;
  return paths;
}
