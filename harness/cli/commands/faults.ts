import { type ExitCode, exitCode } from '../../exit-code.ts';
import { faults } from '../../faults/catalogue.ts';
import type { CommandContext } from '../command-context.ts';

/** Lists the faults that `run --fault` and `check --fault` can bring about. */
export async function listFaults(context: CommandContext): Promise<ExitCode> {
  for (const fault of faults) {
    context.stdout.write(
      `${fault.id}=${fault.defaultService}\n  ${fault.title}.\n  Reproduces: ${fault.incident}\n`,
    );
  }
  return exitCode.ok;
}
