import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bootGraph } from '../boot/boot-graph.ts';
import { validatePlan } from '../boot/graph.ts';
import { NodeStarter } from '../boot/node-starter.ts';
import { redacted } from '../boot/redacted-context.ts';
import { RunScope } from '../folders/run-scope.ts';
import { createVolatileFolder, type VolatileFolder } from '../folders/volatile-folder.ts';
import { type PlatformProgramsOptions, platformPrograms } from '../programs/platform-programs.ts';
import type { Programs } from '../programs/programs.ts';
import type { Reaper } from '../reaper/reaper.ts';
import type { BootedStack, BootOptions, Runtime, StackPlan } from '../runtime.ts';
import type { HarnessServers } from '../stack/harness-servers.ts';
import { replicaNode, sentinelNodes } from '../stack/platform-stack.ts';
import { makeRunSecrets } from '../stack/run-secrets.ts';
import { RunningStack } from '../stack/running-stack.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import type { RedisPorts } from '../stores/redis/redis-stores.ts';
import { findFreePorts } from './free-ports.ts';
import { type ListeningSocket, openListeningSocket } from './listening-socket.ts';
import { openProcessControl } from './process-control.ts';

/** Log lines that a failed node's facts carry. */
const failureLines = 40;

export interface ProcessRuntimeOptions {
  /** Folder of the package: sources and `node_modules`. */
  packageRoot: string;
  /** Folder of bundles, compiled code and the prepared database, kept between runs. */
  cacheDir: string;
  /** The `PATH` of the run's processes, and for `redis-server`. */
  searchPath: string;
  /** The run's reaper, which must start before everything else. */
  reaper: Reaper;
  /** The run's volatile folder; default: a new one, removed at stop. */
  folder?: VolatileFolder;
  /** Run services from source instead of bundles. */
  source?: boolean;
  /** Programs of the nodes; default: the platform's own. */
  programs?: Programs;
  /** Servers of the harness that the services call; default: none. */
  servers?: HarnessServers;
}

/** Runs the platform as processes of this machine, with its own PostgreSQL and Redis for each run. */
export function createProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  const programs = options.programs ?? platformPrograms(options satisfies PlatformProgramsOptions);
  return { boot: (plan, bootOptions) => boot(options, programs, plan, bootOptions) };
}

async function boot(
  options: ProcessRuntimeOptions,
  programs: Programs,
  plan: StackPlan,
  bootOptions: BootOptions,
): Promise<BootedStack> {
  validatePlan(plan);
  const { reaper } = options;
  const logFolder = join(bootOptions.runDir, 'logs');
  const [folder] = await Promise.all([
    options.folder ?? createVolatileFolder({ runId: bootOptions.runId, reaper }),
    mkdir(logFolder, { recursive: true }),
  ]);
  const scope = new RunScope({
    runId: bootOptions.runId,
    folder,
    logFolder,
    reaper,
    searchPath: options.searchPath,
  });
  const stack = new RunningStack({
    plan,
    scope,
    restarts: true,
    // Only Linux accepts every address of 127.0.0.0/8 without configuration.
    capabilities:
      process.platform === 'linux' ? ['local-sockets', 'many-source-addresses'] : ['local-sockets'],
    cleanUp: async () => {
      if (!options.folder) await rm(folder.path, { recursive: true, force: true, maxRetries: 5 });
    },
  });
  try {
    const names = new Set(
      plan.nodes.filter(({ kind }) => kind !== 'store').map(({ name, replicaOf }) => replicaOf ?? name),
    );
    const [sockets, redisPorts, programOf, migrationsDigest] = await Promise.all([
      openSockets(plan),
      findRedisPorts(plan),
      programs.prepare([...names]),
      programs.migrationsDigest(),
    ]);
    // Bundling is not part of the boot time: it is the harness's work, and can take longer than the boot timeout.
    const startedAtMs = performance.now();
    const starter = new NodeStarter({
      plan,
      scope,
      stack,
      programOf,
      migrationsDigest,
      sockets,
      redisPorts,
      packageRoot: options.packageRoot,
      cacheDir: options.cacheDir,
      secrets: makeRunSecrets({ roles: Object.values(databaseRoles), redactor: scope.redactor }),
      servers: options.servers ?? {},
    });
    try {
      stack.boot = await bootGraph({
        plan,
        signal: bootOptions.signal,
        start: (node, context) => starter.start(node, redacted(context, scope)),
        lastLines: (node) => scope.log(node).last(failureLines),
        elapsedMs: () => performance.now() - startedAtMs,
        onEvent: bootOptions.onEvent,
      });
    } finally {
      // A node that was not started must refuse connections instead of accepting them without a response.
      for (const socket of sockets.values()) socket.close();
    }
    stack.addresses = starter.addresses();
    stack.control = openProcessControl({ plan, stack, starter });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Ports of Redis’s servers, where the plan has more than one. */
async function findRedisPorts(plan: StackPlan): Promise<RedisPorts | undefined> {
  if (!plan.nodes.some(({ name }) => name === replicaNode)) return undefined;
  const [primary = 0, replica = 0, ...sentinels] = await findFreePorts(2 + sentinelNodes.length);
  return { primary, replica, sentinels };
}

/** Opens a socket for every service without a fixed port: all addresses are known before the first start. */
async function openSockets(plan: StackPlan): Promise<ReadonlyMap<string, ListeningSocket>> {
  const nodes = plan.nodes.filter(({ kind, port }) => kind === 'service' && port === undefined);
  return new Map(
    await Promise.all(nodes.map(async ({ name }) => [name, await openListeningSocket()] as const)),
  );
}
