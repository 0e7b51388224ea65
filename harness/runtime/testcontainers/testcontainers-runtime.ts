import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bootGraph } from '../boot/boot-graph.ts';
import { validatePlan } from '../boot/graph.ts';
import { redacted } from '../boot/redacted-context.ts';
import { RunScope } from '../folders/run-scope.ts';
import { createVolatileFolder, type VolatileFolder } from '../folders/volatile-folder.ts';
import type { Reaper } from '../reaper/reaper.ts';
import type { BootedStack, BootOptions, Runtime, StackPlan } from '../runtime.ts';
import type { HarnessServers } from '../stack/harness-servers.ts';
import { makeRunSecrets } from '../stack/run-secrets.ts';
import { RunningStack } from '../stack/running-stack.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { ContainerStarter } from './container-starter.ts';
import { connectEngine, type Engine } from './engine.ts';
import { openForwarders } from './forwarders.ts';
import { defaultStoreImages, imageVariables, provideImage, type StoreImages } from './images.ts';
import { nodeNetworks } from './node-networks.ts';
import { startRelays } from './relays.ts';
import { openRunNetwork } from './run-network.ts';

/** Log lines that a failed node's facts carry. */
const failureLines = 40;

export interface TestcontainersRuntimeOptions {
  /** The run's reaper, which must start before everything else. */
  reaper: Reaper;
  /** The `PATH` of the run's other processes. */
  searchPath: string;
  /** The run's volatile folder; default: a new one, removed at stop. */
  folder?: VolatileFolder;
  /** Provides the image of the services and the migration job; it may build it, and log that in `logFolder`. */
  platformImage(engine: Engine, build: { logFolder: string; signal: AbortSignal }): Promise<string>;
  /** Other images than the default ones. */
  storeImages?: Partial<StoreImages>;
  /** Servers of the harness on this machine that the services call; default: none. */
  servers?: HarnessServers;
}

/** Runs the platform in containers of this machine's engine, in a network of its own for each run. */
export function createTestcontainersRuntime(options: TestcontainersRuntimeOptions): Runtime {
  return { boot: (plan, bootOptions) => boot(options, plan, bootOptions) };
}

async function boot(
  options: TestcontainersRuntimeOptions,
  plan: StackPlan,
  bootOptions: BootOptions,
): Promise<BootedStack> {
  validatePlan(plan);
  const { reaper } = options;
  const { runId } = bootOptions;
  const logFolder = join(bootOptions.runDir, 'logs');
  const engine = await connectEngine({ runId, reaper });
  const [folder] = await Promise.all([
    options.folder ?? createVolatileFolder({ runId, reaper }),
    mkdir(logFolder, { recursive: true }),
  ]);
  const scope = new RunScope({ runId, folder, logFolder, reaper, searchPath: options.searchPath });
  const cleanup = new AsyncDisposableStack();
  const closed = new AbortController();
  const stack = new RunningStack({
    plan,
    scope,
    restarts: true,
    // Only Linux accepts every address of 127.0.0.0/8 without configuration; relays pass them on.
    capabilities: process.platform === 'linux' ? ['many-source-addresses'] : [],
    cleanUp: async () => {
      closed.abort(new Error('the run has ended'));
      await cleanup.disposeAsync();
      await engine.removeAll();
      if (!options.folder) await rm(folder.path, { recursive: true, force: true, maxRetries: 5 });
    },
  });
  try {
    const storeImages = { ...defaultStoreImages, ...options.storeImages };
    const [platform, forwarders, network] = await Promise.all([
      options.platformImage(engine, { logFolder, signal: bootOptions.signal }),
      openForwarders(plan, cleanup, { fixedPorts: true, stores: true }),
      openRunNetwork({
        engine,
        name: `pyairtable-readiness-${runId}`,
        servers: options.servers ?? {},
        cleanup,
      }),
      ...(['postgres', 'redis'] as const)
        .filter((store) => plan.nodes.some(({ kind, name }) => kind === 'store' && name === store))
        .map((store) => provideImage(engine, storeImages[store], imageVariables[store])),
    ]);
    // Images are not part of the boot time: they are the harness's work, and can take longer than the boot timeout.
    const startedAtMs = performance.now();
    const starter = new ContainerStarter({
      plan,
      engine,
      scope,
      stack,
      network: network.name,
      images: { ...storeImages, platform },
      secrets: makeRunSecrets({ roles: Object.values(databaseRoles), redactor: scope.redactor }),
      forwarders,
      relays: startRelays({
        plan,
        engine,
        scope,
        image: platform,
        network: network.name,
        closed: closed.signal,
      }),
      servers: network.servers,
      closed: closed.signal,
    });
    stack.boot = await bootGraph({
      plan,
      signal: bootOptions.signal,
      start: (node, context) => starter.start(node, redacted(context, scope)),
      lastLines: (node) => scope.log(node).last(failureLines),
      elapsedMs: () => performance.now() - startedAtMs,
      onEvent: bootOptions.onEvent,
    });
    // A node that was not started must refuse connections.
    for (const { node, state } of stack.boot) if (state === 'not-started') forwarders.get(node)?.close();
    const networks = process.platform === 'linux' ? await nodeNetworks(starter.running) : undefined;
    if (networks) stack.offer('local-sockets');
    stack.addresses = { ...starter.addresses(), ...(networks ? { networks } : {}) };
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
