import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bootGraph, type StartAttempt } from '../boot/boot-graph.ts';
import { validatePlan } from '../boot/graph.ts';
import { NodeStarter } from '../boot/node-starter.ts';
import { RunScope } from '../folders/run-scope.ts';
import { createVolatileFolder, type VolatileFolder } from '../folders/volatile-folder.ts';
import { type PlatformProgramsOptions, platformPrograms } from '../programs/platform-programs.ts';
import type { Programs } from '../programs/programs.ts';
import type { Reaper } from '../reaper/reaper.ts';
import type { BootedStack, BootOptions, Runtime, StackPlan } from '../runtime.ts';
import { makeRunSecrets } from '../stack/run-secrets.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { type ListeningSocket, openListeningSocket } from './listening-socket.ts';
import { ProcessStack } from './process-stack.ts';

/** Log lines that a failed node's facts carry. */
const failureLines = 40;

export interface ProcessRuntimeOptions {
  /** Folder of the package: sources and `node_modules`. */
  packageRoot: string;
  /** Where bundles, compiled code and the prepared database are kept between runs. */
  cacheDir: string;
  /** The `PATH` in which `redis-server` is looked for. */
  searchPath: string;
  /** The run's reaper, started before anything else. */
  reaper: Reaper;
  /** The run's volatile folder; default: one is made at boot and removed at stop. */
  folder?: VolatileFolder;
  /** Run services from source instead of bundles. */
  source?: boolean;
  /** What the nodes run; default: the platform's own programs. */
  programs?: Programs;
  /** Base URL of an OTLP/HTTP receiver for the services' spans. */
  telemetryEndpoint?: string;
}

/** Runs the platform as processes of this machine, with PostgreSQL and Redis of its own for each run. */
export function createProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  const programs = options.programs ?? platformPrograms(options satisfies PlatformProgramsOptions);
  return {
    kind: 'process',
    boot: (plan, bootOptions) => boot(options, programs, plan, bootOptions),
  };
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
  const stack = new ProcessStack({
    plan,
    scope,
    removeFolder: async () => {
      if (!options.folder) await rm(folder.path, { recursive: true, force: true, maxRetries: 5 });
    },
  });
  try {
    const names = plan.nodes.filter(({ kind }) => kind !== 'store').map(({ name }) => name);
    const [sockets, programOf, migrationsDigest] = await Promise.all([
      openSockets(plan),
      programs.prepare(names),
      programs.migrationsDigest(),
    ]);
    // Bundling changed sources can take longer than a boot may; it is the tool's time, not the product's.
    const begunAtMs = performance.now();
    const starter = new NodeStarter({
      plan,
      scope,
      stack,
      programOf,
      migrationsDigest,
      sockets,
      packageRoot: options.packageRoot,
      cacheDir: options.cacheDir,
      secrets: makeRunSecrets({ roles: Object.values(databaseRoles), redactor: scope.redactor }),
      telemetryEndpoint: options.telemetryEndpoint,
    });
    try {
      stack.boot = await bootGraph({
        plan,
        signal: bootOptions.signal,
        start: (node, attempt) => starter.start(node, redacted(attempt, scope)),
        lastLines: (node) => scope.log(node).last(failureLines),
        elapsedMs: () => performance.now() - begunAtMs,
        onEvent: bootOptions.onEvent,
      });
    } finally {
      // A node that was never started must refuse connections, not take them in silence.
      for (const socket of sockets.values()) socket.close();
    }
    stack.addresses = starter.addresses();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** A socket for every service without a fixed port, so that all addresses are known before anything starts. */
async function openSockets(plan: StackPlan): Promise<ReadonlyMap<string, ListeningSocket>> {
  const nodes = plan.nodes.filter(({ kind, port }) => kind === 'service' && port === undefined);
  return new Map(
    await Promise.all(nodes.map(async ({ name }) => [name, await openListeningSocket()] as const)),
  );
}

/** A probe's answer ends up in the report, and may repeat a secret. */
function redacted(attempt: StartAttempt, scope: RunScope): StartAttempt {
  return { ...attempt, probed: (answer) => attempt.probed(scope.redactor.redact(answer)) };
}
