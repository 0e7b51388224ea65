import { join } from 'node:path';
import type { Capability } from '../../plan/plan.ts';
import { createExternalRuntime, type ExternalStack } from '../../runtime/external/external-runtime.ts';
import { type OpenLedger, openLedger } from '../../runtime/external/ledger.ts';
import { openSources } from '../../runtime/external/sources/open-sources.ts';
import { removeAbandonedRuns } from '../../runtime/folders/abandoned-runs.ts';
import { createVolatileFolder } from '../../runtime/folders/volatile-folder.ts';
import { startReaper } from '../../runtime/reaper/reaper.ts';
import type { BootEvent } from '../../runtime/runtime.ts';
import type { OpenPlatform } from '../platform/open-platform.ts';
import type { RunContext } from '../run-context.ts';
import type { TargetRequest } from '../run-request.ts';

/** A deployed platform, and the ledger of what the run creates on it. */
export interface OpenTarget extends OpenPlatform {
  stack: ExternalStack;
  /** Why a source that the target file names gives no capability. */
  sourceFailures: ReadonlyMap<Capability, string>;
  ledger: OpenLedger;
}

/** Waits until the services of a target are ready. Disposal removes the temporary folder and stops nothing. */
export async function openTarget(options: {
  context: RunContext;
  runId: string;
  runDir: string;
  target: TargetRequest;
  bootTimeoutMs: number;
  signal: AbortSignal;
  onPlanned(nodes: readonly string[]): void;
  onEvent(event: BootEvent): void;
}): Promise<OpenTarget> {
  const { context, runId, runDir, signal, onEvent } = options;
  const { target, nodes } = options.target;
  await removeAbandonedRuns();
  await using cleanup = new AsyncDisposableStack();
  const reaper = cleanup.use(startReaper({ runId }));
  const folder = await createVolatileFolder({ runId, reaper });
  const named = Object.entries(target.services).flatMap(([name, url]) => (url === undefined ? [] : [name]));
  options.onPlanned([...new Set([...named, ...(nodes?.nodes ?? []).map(({ name }) => name)])]);
  const runtime = createExternalRuntime({ target, nodes, readSecret: context.settings.readSecret });
  const plan = { nodes: [], bootTimeoutMs: options.bootTimeoutMs };
  const stack = cleanup.use(await runtime.boot(plan, { runId, runDir, signal, onEvent }));
  const { readSecret } = context.settings;
  const logFolder = join(runDir, 'logs');
  const sources = cleanup.use(
    await openSources({ target, readSecret, logFolder, secrets: nodes?.secrets ?? [], signal }),
  );
  const { logs, traces, prometheus, mails } = sources;
  const ledger = openLedger({ runDir, runId, target });
  const owned = cleanup.move();
  return {
    stack: {
      ...stack,
      capabilities: new Set([...stack.capabilities, ...sources.capabilities]),
      ...(logs ? { logs: logs.logs, logWatch: logs.logWatch } : {}),
    },
    ...(traces ? { spans: traces } : {}),
    ...(prometheus ? { prometheus } : {}),
    ...(mails ? { mails } : {}),
    sourceFailures: sources.failures,
    ledger,
    tmpDir: folder.tmp,
    trackProcess: (pid) => reaper.trackProcess(pid),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
