import type { InstrumentsOptions } from '../../engine/instruments/instruments-options.ts';
import { checkBuildContext } from '../../runtime/build-context/check-build-context.ts';
import type { Tool } from '../tools.ts';
import { toolPaths } from '../tools.ts';
import { monitoringAccess } from './monitoring-access.ts';
import type { OpenPlatform } from './open-platform.ts';

/** What the checks of a booted platform work with. */
export function platformInstruments(
  platform: OpenPlatform,
  run: Pick<InstrumentsOptions, 'capabilities' | 'runId' | 'seed'> & {
    packageRoot: string;
    tools: readonly Tool[];
  },
): InstrumentsOptions {
  const { stack, spans, mails } = platform;
  const { packageRoot, tools, capabilities, runId, seed } = run;
  return {
    stack: stack.addresses,
    failovers: stack.failovers,
    restarts: stack.restarts,
    capabilities,
    tmpDir: platform.tmpDir,
    seed,
    runId,
    boot: stack.boot,
    ...(spans ? { spans } : {}),
    ...(mails ? { mails } : {}),
    exited: () => stack.exited(),
    logWatch: stack.logWatch,
    logLines: (service) => stack.logs(service, 0),
    ...monitoringAccess(platform),
    buildContext: () => checkBuildContext(packageRoot),
    trackProcess: platform.trackProcess,
    toolPaths: toolPaths(tools),
  };
}
