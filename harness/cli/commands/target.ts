import { stringify } from 'yaml';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import type { RunContext } from '../../run/run-context.ts';
import { adoptProject } from '../../runtime/compose/adopt/adopt-project.ts';

/**
 * Prints what `--adopt` knows of a compose project as a target file.
 * @returns 0
 * @throws ReadinessError with exit code 2 for a project that cannot be measured, with 4 without a container engine
 */
export async function target(context: RunContext, project: string): Promise<ExitCode> {
  const { target: found } = await adoptProject(project, []);
  context.stdout.write(stringify(found));
  return exitCode.ok;
}
