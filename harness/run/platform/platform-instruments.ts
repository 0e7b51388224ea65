import { join } from 'node:path';
import type { InstrumentsOptions } from '../../engine/instruments/instruments-options.ts';
import { checkBuildContext } from '../../runtime/build-context/check-build-context.ts';
import { FolderCache } from '../../runtime/folders/cached-folder.ts';
import { digestSources } from '../../runtime/folders/source-digest.ts';
import type { Tool } from '../tools.ts';
import { toolPaths } from '../tools.ts';
import { monitoringAccess } from './monitoring-access.ts';
import { openCheckout } from './open-checkout.ts';
import type { OpenPlatform } from './open-platform.ts';

/** What the checks of a booted platform work with. */
export function platformInstruments(
  platform: OpenPlatform,
  run: Pick<InstrumentsOptions, 'capabilities' | 'patience' | 'runId' | 'seed'> & {
    packageRoot: string;
    /** Folder of what is kept between runs. */
    cacheDir: string;
    tools: readonly Tool[];
  },
): InstrumentsOptions {
  const { stack, spans, mails, models } = platform;
  const { packageRoot, cacheDir, tools, capabilities, runId, seed, patience } = run;
  return {
    stack: stack.addresses,
    failovers: stack.failovers,
    restarts: stack.restarts,
    control: stack.control,
    capabilities,
    tmpDir: platform.tmpDir,
    seed,
    runId,
    patience,
    boot: stack.boot,
    ...(spans ? { spans } : {}),
    ...(mails ? { mails } : {}),
    ...(models ? { models } : {}),
    exited: () => stack.exited(),
    logWatch: stack.logWatch,
    logLines: (service) => stack.logs(service, 0),
    ...monitoringAccess(platform),
    buildContext: () => checkBuildContext(packageRoot),
    checkout: openCheckout(packageRoot),
    trackProcess: platform.trackProcess,
    keptFolders: {
      folders: new FolderCache(join(cacheDir, 'generated')),
      // These pin the versions of the generators of clients.
      versions: () =>
        digestSources({
          root: packageRoot,
          paths: ['package.json', 'harness/cli/setup/python.mjs'],
          values: [process.version],
        }),
    },
    toolPaths: toolPaths(tools),
  };
}
