import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { faults } from '../../faults/catalogue.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Lists the faults that `run --fault` and `check --fault` can inject. */
export async function listFaults(context: RunContext): Promise<ExitCode> {
  for (const fault of faults) {
    context.stdout.write(
      `${fault.id}=${fault.defaultService}\n  ${fault.title}.\n  Reproduces: ${fault.incident}\n`,
    );
  }
  return exitCode.ok;
}
