import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import type { RunContext } from '../../run/run-context.ts';
import { sweepTargets } from '../../run/target/clean-up-target.ts';
import { removeAbandonedRuns } from '../../runtime/folders/abandoned-runs.ts';

/** Removes what killed runs left: processes and folders of this machine, and objects on deployed targets. */
export async function sweep(context: RunContext): Promise<ExitCode> {
  await removeAbandonedRuns();
  const swept = await sweepTargets(context.runsDir, context.settings.readSecret);
  for (const { runId, target, accounts, left } of swept) {
    context.stdout.write(`${runId}: ${accounts} accounts on ${target}\n`);
    for (const text of left) context.stdout.write(`  left: ${text}\n`);
  }
  if (swept.length === 0) context.stdout.write('No killed run has left anything.\n');
  return exitCode.ok;
}
