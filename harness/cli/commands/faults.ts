import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { faultLayers } from '../../faults/fault.ts';
import type { RunContext } from '../../run/run-context.ts';
import { faults } from '../fault-catalogue.ts';

/** Lists the faults that can be reproduced or injected into a run, by layer. */
export async function listFaults(context: RunContext): Promise<ExitCode> {
  for (const layer of faultLayers) {
    const ofLayer = faults.filter((fault) => fault.layer === layer);
    if (ofLayer.length === 0) continue;
    context.stdout.write(`${layer}\n`);
    for (const { id, title, blockers, defaultService, services = [] } of ofLayer) {
      const reproduces = blockers.length > 0 ? ` (${blockers.join(', ')})` : '';
      const more = services.length > 0 ? `; =<service> for ${services.length} services` : '';
      context.stdout.write(`  ${id}\n    ${title}${reproduces}. In ${defaultService}${more}.\n`);
    }
  }
  context.stdout.write(
    `${faults.length} faults. npm run readiness -- reproduce <id> shows one; run --fault <id> runs all checks with it.\n`,
  );
  return exitCode.ok;
}
