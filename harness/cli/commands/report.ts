import { join } from 'node:path';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { Result } from '../../judge/result.ts';
import { writeReports } from '../../run/report-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import { readStored } from '../../run/run-folder.ts';

/** Renders the reports of a judged run again. @returns 0 for any verdict */
export async function report(context: RunContext, folder: string): Promise<ExitCode> {
  const result = await readStored(join(folder, 'result.json'), Result);
  for (const file of await writeReports(context, result, folder)) context.stdout.write(`${file}\n`);
  return exitCode.ok;
}
