import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootGraph } from '../boot/boot-graph.ts';
import { validatePlan } from '../boot/graph.ts';
import { redacted } from '../boot/redacted-context.ts';
import { RunScope } from '../folders/run-scope.ts';
import { createVolatileFolder } from '../folders/volatile-folder.ts';
import type { BootedStack, BootOptions, Runtime, StackPlan } from '../runtime.ts';
import { serverVariables } from '../stack/harness-servers.ts';
import { RunningStack } from '../stack/running-stack.ts';
import { connectEngine, type Engine } from '../testcontainers/engine.ts';
import { openForwarders } from '../testcontainers/forwarders.ts';
import { defaultStoreImages, imageVariables, provideImage } from '../testcontainers/images.ts';
import { nodeNetworks } from '../testcontainers/node-networks.ts';
import { openRunNetwork } from '../testcontainers/run-network.ts';
import type { TestcontainersRuntimeOptions } from '../testcontainers/testcontainers-runtime.ts';
import { ComposeModel } from './compose-model.ts';
import { composeOverride } from './compose-override.ts';
import { Compose } from './compose-program.ts';
import { ComposeStarter, innerPorts } from './compose-starter.ts';
import { completeSecrets, secretFiles, writeSecretFiles } from './secret-files.ts';

/** Log lines that a failed node's facts carry. */
const failureLines = 40;

export interface ComposeRuntimeOptions extends TestcontainersRuntimeOptions {
  /** Folder of docker-compose.yml. */
  packageRoot: string;
}

/**
 * Runs the platform of docker-compose.yml, as a project of its own for each run. Docker Compose creates the containers;
 * the harness starts them in the order of the plan and waits by itself, so that a failure has a reason.
 */
export function createComposeRuntime(options: ComposeRuntimeOptions): Runtime {
  return { boot: (plan, bootOptions) => boot(options, plan, bootOptions) };
}

async function boot(
  options: ComposeRuntimeOptions,
  plan: StackPlan,
  bootOptions: BootOptions,
): Promise<BootedStack> {
  validatePlan(plan);
  const { reaper, packageRoot, searchPath } = options;
  const { runId, signal } = bootOptions;
  const logFolder = join(bootOptions.runDir, 'logs');
  const engine = await connectEngine({ runId, reaper });
  const [folder] = await Promise.all([
    options.folder ?? createVolatileFolder({ runId, reaper }),
    mkdir(logFolder, { recursive: true }),
  ]);
  const scope = new RunScope({ runId, folder, logFolder, reaper, searchPath });
  const cleanup = new AsyncDisposableStack();
  const closed = new AbortController();
  const stack = new RunningStack({
    plan,
    scope,
    restarts: false,
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
    const project = projectName(runId);
    const storeImages = { ...defaultStoreImages, ...options.storeImages };
    const [platformImage, forwarders, network] = await Promise.all([
      options.platformImage(engine, { logFolder, signal }),
      openForwarders(plan, cleanup, { fixedPorts: false }),
      openRunNetwork({
        engine,
        // After the project's other networks in alphabetical order: the engine takes the first one that leads outside
        // for a container's way out.
        name: `${project}_published`,
        // Its containers do not reach each other, and it leads nowhere: the platform's own networks decide that.
        driverOptions: {
          'com.docker.network.bridge.enable_icc': 'false',
          'com.docker.network.bridge.enable_ip_masquerade': 'false',
        },
        servers: options.servers ?? {},
        cleanup,
      }),
      ...(['postgres', 'redis'] as const)
        .filter((store) => plan.nodes.some(({ name }) => name === store))
        .map((store) => provideImage(engine, storeImages[store], imageVariables[store])),
    ]);
    const { secrets, own } = completeSecrets({});
    for (const secret of Object.values(own)) if (secret) scope.redactor.add(secret);
    for (const secret of [
      ...Object.values(secrets.rolePasswords),
      ...Object.values(secrets).filter((value) => typeof value === 'string'),
    ])
      scope.redactor.add(secret);
    const files = secretFiles(secrets, own);
    const secretFolder = join(folder.path, 'secrets');
    await writeSecretFiles(secretFolder, files);
    const projectOptions = {
      scope,
      packageRoot,
      searchPath,
      engine: engine.address,
      project,
      variables: {
        PYAIRTABLE_SECRETS: secretFolder,
        PLATFORM_IMAGE: platformImage,
        POSTGRES_IMAGE: storeImages.postgres,
        REDIS_IMAGE: storeImages.redis,
      },
      signal: AbortSignal.any([signal, closed.signal]),
    };
    const base = join(packageRoot, 'docker-compose.yml');
    const model = ComposeModel.parse(
      await (await Compose.find({ ...projectOptions, files: [base] })).model(),
    );
    const frontend = forwarders.get('frontend');
    const override = join(folder.path, 'compose.override.yml');
    await writeFile(
      override,
      composeOverride({
        plan,
        model,
        secretFiles: files,
        labels: engine.labels,
        variables: (node) => ({
          ...(node.kind === 'service' ? serverVariables(node.name, network.servers) : {}),
          // Browsers know the frontend by its address outside of its networks.
          ...(node.name === 'gateway' && frontend
            ? { CORS_ORIGINS: `http://127.0.0.1:${frontend.port}` }
            : {}),
        }),
        portsOf: innerPorts,
      }),
      { mode: 0o600 },
    );
    const compose = await Compose.find({ ...projectOptions, files: [base, override] });
    await compose.create(plan.nodes.map(({ name }) => name));
    // Creating containers is not part of the boot time; starting them is.
    const startedAtMs = performance.now();
    const starter = new ComposeStarter({
      plan,
      engine,
      scope,
      stack,
      containers: await containersOf(engine, runId),
      publishing: network.name,
      secrets,
      platformImage,
      forwarders,
      closed: closed.signal,
    });
    stack.boot = await bootGraph({
      plan,
      signal,
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

/** Names of projects have lower-case letters, digits, `-` and `_` only. */
function projectName(runId: string): string {
  return `pyairtable-${runId.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-')}`;
}

/** The container of every service of the run's project. */
async function containersOf(engine: Engine, runId: string): Promise<ReadonlyMap<string, string>> {
  const label = Object.keys(engine.labels)[0];
  const found = await engine.docker.listContainers({
    all: true,
    filters: JSON.stringify({ label: [`${label}=${runId}`] }),
  });
  return new Map(
    found.flatMap(({ Id, Labels }) => {
      const service = Labels['com.docker.compose.service'];
      return service === undefined ? [] : [[service, Id] as const];
    }),
  );
}
