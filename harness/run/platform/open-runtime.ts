import type { VolatileFolder } from '../../runtime/folders/volatile-folder.ts';
import { createProcessRuntime } from '../../runtime/process/process-runtime.ts';
import type { Programs } from '../../runtime/programs/programs.ts';
import type { Reaper } from '../../runtime/reaper/reaper.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { HarnessServers } from '../../runtime/stack/harness-servers.ts';
import type { TestcontainersRuntimeOptions } from '../../runtime/testcontainers/testcontainers-runtime.ts';
import type { RunContext } from '../run-context.ts';
import type { RuntimeName } from './runtime-name.ts';

/** Creates a runtime. The code of a runtime is loaded only when a run uses it. */
export async function openRuntime(
  name: RuntimeName,
  options: {
    context: RunContext;
    reaper: Reaper;
    folder: VolatileFolder;
    /** Servers of the harness that the services call. */
    servers: HarnessServers;
    /** Programs of the nodes, of the process runtime only; default: the platform's own. */
    programs?: Programs;
  },
): Promise<Runtime> {
  const { context, programs, ...shared } = options;
  const { settings, packageRoot, cacheDir } = context;
  if (name === 'process')
    return createProcessRuntime({
      ...shared,
      packageRoot,
      cacheDir,
      searchPath: settings.path,
      ...(programs ? { programs } : {}),
    });
  if (programs)
    throw new Error(`the runtime ${name} runs the platform's image; its source cannot be changed`);
  const { platform, node, ...storeImages } = settings.images;
  const containers: Omit<TestcontainersRuntimeOptions, 'folder' | 'servers'> = {
    reaper: shared.reaper,
    searchPath: settings.path,
    storeImages,
    platformImage: async (engine, build) => {
      if (platform !== undefined) {
        const { imageVariables, provideImage } = await import('../../runtime/testcontainers/images.ts');
        await provideImage(engine, platform, imageVariables.platform);
        return platform;
      }
      const [{ requireCompleteContext }, { buildPlatformImage }, { readNpmSettings }] = await Promise.all([
        import('../../runtime/build-context/require-complete-context.ts'),
        import('../../runtime/platform-image/platform-image.ts'),
        import('../../runtime/platform-image/npm-settings.ts'),
      ]);
      return buildPlatformImage({
        engine,
        packageRoot,
        cacheDir,
        nodeImage: node,
        checkContext: () => requireCompleteContext(packageRoot),
        npm: () => readNpmSettings(settings.npmEnvironment),
        ...build,
      });
    },
  };
  if (name === 'compose') {
    const { createComposeRuntime } = await import('../../runtime/compose/compose-runtime.ts');
    return createComposeRuntime({ ...shared, ...containers, packageRoot });
  }
  const { createTestcontainersRuntime } = await import(
    '../../runtime/testcontainers/testcontainers-runtime.ts'
  );
  return createTestcontainersRuntime({ ...shared, ...containers });
}
