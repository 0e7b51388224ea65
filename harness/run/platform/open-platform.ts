import { join } from 'node:path';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { openMailFolder } from '../../engine/instruments/mail/mail-folder.ts';
import { openMailServer } from '../../engine/instruments/mail/mail-server.ts';
import type { MailSource } from '../../engine/instruments/mail/mail-source.ts';
import { openBootChanges } from '../../faults/boot/open-boot-changes.ts';
import type { Change, LinkChange } from '../../faults/change.ts';
import type { Link } from '../../faults/link/open-link.ts';
import { type ModelSource, openModelServer } from '../../model-server/model-server.ts';
import type { SourceAccess } from '../../runtime/external/sources/source-access.ts';
import { removeAbandonedRuns } from '../../runtime/folders/abandoned-runs.ts';
import { RunScope } from '../../runtime/folders/run-scope.ts';
import { createVolatileFolder } from '../../runtime/folders/volatile-folder.ts';
import { type RunningMonitoring, startMonitoring } from '../../runtime/monitoring/start-monitoring.ts';
import { startReaper } from '../../runtime/reaper/reaper.ts';
import type { BootEvent, BootedStack } from '../../runtime/runtime.ts';
import { platformStack } from '../../runtime/stack/platform-stack.ts';
import { openSpanReceiver, type TraceSource } from '../../telemetry/span-receiver.ts';
import type { RunContext } from '../run-context.ts';
import { findMonitoring } from './monitoring-programs.ts';
import { openRuntime } from './open-runtime.ts';
import { type RuntimeName, rejectAdditions } from './runtime-name.ts';
import type { StackAddition } from './stack-addition.ts';

export interface OpenPlatform extends AsyncDisposable {
  stack: BootedStack;
  /** Folder for temporary files of this run, removed on disposal. */
  tmpDir: string;
  /** The links with which the platform has booted; absent without changes of links. */
  links?: ReadonlyMap<LinkChange, Link>;
  /** Receives the spans of the services; present with `traces`. */
  spans?: TraceSource;
  /** Prometheus, Alertmanager and their exporters; present with `monitoring` where they are installed. */
  monitoring?: RunningMonitoring;
  /** The mails of the platform; absent where they cannot be read. */
  mails?: MailSource;
  /** The model server that the platform uses; absent with a real model, and for people. */
  models?: ModelSource;
  /** The Prometheus of a target. */
  prometheus?: SourceAccess;
  /** Ensures that a process ends with this run, even if the harness is killed. */
  trackProcess(pid: number): void;
}

/**
 * Checks measure the limits from other loopback addresses, so these stay in force. The addresses that a developer's
 * own test suite uses have none.
 */
function limitVariables(limits: Readonly<Record<string, string>>) {
  const variables = { RATE_LIMIT_EXEMPT_ADDRESSES: '127.0.0.1,::1', ...limits };
  return { gateway: variables, 'platform-services': limits };
}

/**
 * Boots the platform in the chosen runtime. The reaper starts first, so nothing outlives the run.
 * Disposal stops everything in reverse order and removes the temporary folder.
 */
export async function openPlatform(options: {
  context: RunContext;
  runId: string;
  runDir: string;
  fixedPorts: boolean;
  /** See `RunRequest.with`; default: nothing. */
  with?: readonly StackAddition[] | undefined;
  /** Services that run as two processes; in the process runtime only. */
  replicas?: readonly ServiceName[];
  /** Default: `process`. */
  runtime?: RuntimeName;
  /** Whether the services export the spans of sampled traces. */
  traces: boolean;
  /** Where the services export their spans without `traces`; default: nowhere. */
  telemetryEndpoint?: string | undefined;
  bootTimeoutMs: number;
  /** Whether to start Prometheus and Alertmanager too, where they are installed. */
  monitoring?: boolean;
  /** Further environment variables of services. */
  env?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  /** Whether people use the platform: their limits apply, and this machine's own addresses have none. */
  forPeople?: boolean;
  /** Those of environment, source and ports are in force from the boot; the others are skipped. Default: none. */
  changes?: readonly Change[];
  signal: AbortSignal;
  onPlanned?(nodes: readonly string[]): void;
  onEvent?(event: BootEvent): void;
}): Promise<OpenPlatform> {
  const { context, runId, runDir, signal } = options;
  rejectAdditions(options.runtime ?? 'process', options.with);
  await removeAbandonedRuns();
  await using cleanup = new AsyncDisposableStack();
  const reaper = cleanup.use(startReaper({ runId }));
  const folder = await createVolatileFolder({ runId, reaper });
  const { languageModel } = context.settings;
  // People get no replies of a model that they did not choose.
  const models =
    options.forPeople || languageModel.GEMINI_API_KEY ? undefined : cleanup.use(await openModelServer());
  // Processes write their mails into a folder of the run. The harness cannot read the folders of a container.
  const mailServer =
    options.forPeople || (options.runtime ?? 'process') === 'process'
      ? undefined
      : cleanup.use(await openMailServer());
  const spans = options.traces ? cleanup.use(await openSpanReceiver()) : undefined;
  const unchanged = platformStack({
    fixedPorts: options.fixedPorts,
    highAvailability: options.with?.includes('high-availability') ?? false,
    bootTimeoutMs: options.bootTimeoutMs,
    replicas: options.replicas ?? [],
    env: {
      ...(options.forPeople ? limitVariables(context.settings.limits) : {}),
      ...options.env,
      'llm-orchestrator': { ...languageModel, ...options.env?.['llm-orchestrator'] },
    },
  });
  const { packageRoot, cacheDir } = context;
  const changed = cleanup.use(
    await openBootChanges(options.changes ?? [], {
      stack: unchanged,
      packageRoot,
      cacheDir,
      folder: join(folder.path, 'changed-source'),
    }),
  );
  const plan = changed.stack;
  options.onPlanned?.(plan.nodes.map(({ name }) => name));
  const telemetryEndpoint = spans?.endpoint ?? options.telemetryEndpoint;
  const runtime = await openRuntime(options.runtime ?? 'process', {
    context,
    reaper,
    folder,
    servers: {
      ...(telemetryEndpoint === undefined ? {} : { telemetry: telemetryEndpoint }),
      ...(models ? { model: models } : {}),
      ...(mailServer ? { mail: mailServer.url } : {}),
    },
    ...(changed.programs ? { programs: changed.programs } : {}),
  });
  const stack = cleanup.use(
    await runtime.boot(plan, {
      runId,
      runDir,
      signal,
      ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    }),
  );
  const programs = options.monitoring ? findMonitoring(context.settings.toolEnvironment) : undefined;
  const monitoring =
    programs &&
    cleanup.use(
      await startMonitoring({
        programs,
        addresses: stack.addresses,
        scope: new RunScope({
          runId,
          folder,
          logFolder: join(runDir, 'logs'),
          reaper,
          searchPath: context.settings.path,
        }),
        signal,
      }),
    );
  const owned = cleanup.move();
  const { mailFolder } = stack.addresses;
  const mails = mailFolder === undefined ? mailServer : openMailFolder(mailFolder);
  return {
    stack,
    tmpDir: folder.tmp,
    ...(changed.links.size > 0 ? { links: changed.links } : {}),
    ...(spans ? { spans } : {}),
    ...(mails ? { mails } : {}),
    ...(monitoring ? { monitoring } : {}),
    ...(models ? { models } : {}),
    trackProcess: (pid) => reaper.trackProcess(pid),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
