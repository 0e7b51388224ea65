import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ExitCode } from '../errors/exit-code.ts';
import { Facts, Manifest } from '../evidence/facts.ts';
import { verifyEvidence } from '../evidence/verify-evidence.ts';
import { exitCodeOf } from '../judge/exit-code-of.ts';
import { judge } from '../judge/judge.ts';
import type { Result } from '../judge/result.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { Plan } from '../plan/plan.ts';
import { loadTemplates } from '../render/load-templates.ts';
import { renderAll } from '../render/render-all.ts';
import { renderSummary } from '../render/summary/summary.ts';
import { terminalOf } from '../render/terminal/terminal.ts';
import type { RunContext } from './run-context.ts';
import { hashRunFiles, readStored, writeWhole } from './run-folder.ts';

/**
 * Judges a run folder from its stored plan, facts and manifest alone, and writes `result.json`. The same
 * folder gives the same bytes again.
 * @throws ReadinessError, exit code 5 when a file is not what the manifest says, 2 when one cannot be read.
 */
export async function judgeRunFolder(runDir: string): Promise<Result> {
  const manifest = await readStored(join(runDir, 'manifest.json'), Manifest);
  verifyEvidence(manifest, await hashRunFiles(runDir));
  const plan = await readStored(join(runDir, 'plan.json'), Plan);
  const facts = await readStored(join(runDir, 'facts.json'), Facts);
  const result = judge(plan, facts, manifest);
  await writeWhole(join(runDir, 'result.json'), canonicalJson(result));
  return result;
}

/** Judges a run folder, writes every report, prints the summary, and answers with the verdict's exit code. */
export async function judgeAndReport(
  context: RunContext,
  runDir: string,
  options: { onJudged?(result: Result): void } = {},
): Promise<ExitCode> {
  const result = await judgeRunFolder(runDir);
  options.onJudged?.(result);
  let failure: unknown;
  const reportFiles = await writeReports(context, runDir, result).catch((error: unknown) => {
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
 * @returns the paths, as a person would open them from here.
 * @throws ReadinessError (exit code 4) when one cannot be rendered; the others are written all the same.
 */
export async function writeReports(context: RunContext, runDir: string, result: Result): Promise<string[]> {
  const { files, errors } = renderAll(result, {
    templates: await loadTemplates(join(context.packageRoot, 'reports/templates')),
  });
  const paths: string[] = [];
  for (const { name, content } of files) {
    const file = join(runDir, name);
    if (name !== 'result.json' || (await readFile(file, 'utf8').catch(() => '')) !== content) {
      await writeWhole(file, content);
    }
    paths.push(relative(process.cwd(), file) || file);
  }
  const [first] = errors;
  if (first) throw first.error;
  return paths;
}
