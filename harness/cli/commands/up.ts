import { once } from 'node:events';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { watchForInterruption } from '../../run/interruption.ts';
import { openPlatform } from '../../run/platform/open-platform.ts';
import type { RuntimeName } from '../../run/platform/runtime-name.ts';
import type { RunContext } from '../../run/run-context.ts';
import { createRunFolder, newRunId } from '../../run/run-folder.ts';
import { findTools } from '../../run/tools.ts';
import { makeWritable } from '../../run/writable-folder.ts';
import { findRunning, recordRunning, removeRecord } from '../running-platform.ts';

/**
 * Boots the platform and keeps it running until Ctrl-C, SIGTERM or `down`.
 * @returns 0 after an orderly stop, 1 if a service did not become ready
 */
export async function up(
  context: RunContext,
  options: {
    bootTimeout: number;
    freePorts?: boolean;
    runtime?: RuntimeName;
    with?: readonly 'monitoring'[];
  },
): Promise<ExitCode> {
  const { cacheDir } = context;
  const monitoring = options.with?.includes('monitoring') ?? false;
  if (monitoring) await requireMonitoring(context);
  await makeWritable(cacheDir, 'READINESS_CACHE');
  const running = await findRunning(cacheDir);
  if (running) {
    throw new ReadinessError('platform-running', `The platform is already running (process ${running.pid}).`);
  }
  using interruption = watchForInterruption({ watchParent: context.settings.startedByNpm });
  const runId = newRunId(context.now());
  const runDir = await createRunFolder(context.runsDir, `up-${runId}`);
  await using platform = await openPlatform({
    context,
    runId,
    runDir,
    fixedPorts: !options.freePorts,
    ...(options.runtime ? { runtime: options.runtime } : {}),
    traces: false,
    monitoring,
    bootTimeoutMs: options.bootTimeout * 1_000,
    forPeople: true,
    injections: [],
    signal: interruption.signal,
  });
  const failed = platform.stack.boot.filter(({ state }) => state !== 'ready');
  for (const { node, failure } of failed)
    context.stderr.write(`${node}: ${failure?.cause ?? 'was not started'}\n`);
  if (failed.length > 0) {
    context.stderr.write(`Logs: ${runDir}/logs\n`);
    return exitCode.violated;
  }
  const { services, postgres, redis } = platform.stack.addresses;
  const urls: Record<string, string> = { ...services };
  if (platform.monitoring) {
    urls.prometheus = platform.monitoring.prometheusUrl;
    urls.alertmanager = platform.monitoring.alertmanagerUrl;
  }
  const width = Math.max(...Object.keys(urls).map((name) => name.length));
  for (const [name, url] of Object.entries(urls)) context.stdout.write(`${name.padEnd(width)}  ${url}\n`);
  if (postgres) context.stdout.write(`${'postgres'.padEnd(width)}  ${postgres.adminUrl}\n`);
  if (redis) context.stdout.write(`${'redis'.padEnd(width)}  ${redis.url}\n`);
  context.stdout.write('The platform is running. Ctrl-C or `npm run readiness -- down` stops it.\n');
  await recordRunning(cacheDir, { pid: process.pid, startedAt: context.now().toISOString(), urls });
  try {
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
  } finally {
    await removeRecord(cacheDir);
  }
  return exitCode.ok;
}

/** @throws ReadinessError (exit code 4) with the command that installs the programs. */
async function requireMonitoring(context: RunContext): Promise<void> {
  const tools = await findTools(context.settings, context.packageRoot);
  const tool = tools.find(({ name }) => name === 'monitoring');
  if (tool?.path) return;
  throw new ReadinessError('monitoring-missing', 'The programs of monitoring are not all on the PATH.', {
    hint: `Install Prometheus, Alertmanager and the exporters: ${tool?.hint}`,
  });
}
