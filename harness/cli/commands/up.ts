import { once } from 'node:events';
import { join, relative } from 'node:path';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { watchForInterruption } from '../../run/interruption.ts';
import { openPlatform } from '../../run/platform/open-platform.ts';
import { type RuntimeName, rejectAdditions } from '../../run/platform/runtime-name.ts';
import type { StackAddition } from '../../run/platform/stack-addition.ts';
import type { RunContext } from '../../run/run-context.ts';
import { createRunFolder, newRunId } from '../../run/run-folder.ts';
import { findTools } from '../../run/tools.ts';
import { makeWritable } from '../../run/writable-folder.ts';
import { findRunning, recordRunning, removeRecord } from '../running-platform.ts';
import { writeUpTarget } from '../up-target.ts';

/**
 * Boots the platform and keeps it running until Ctrl-C, SIGTERM or `down`.
 * @returns 0 after an orderly stop, 1 if a service did not become ready
 */
export async function up(
  context: RunContext,
  options: {
    bootTimeout: number;
    freePorts?: boolean;
    runtime: RuntimeName;
    with?: readonly StackAddition[];
  },
): Promise<ExitCode> {
  const { cacheDir } = context;
  rejectAdditions(options.runtime, options.with);
  const monitoring = options.with?.includes('monitoring') ?? false;
  if (monitoring) await requireMonitoring(context);
  await makeWritable(cacheDir, 'READINESS_CACHE');
  const running = await findRunning(cacheDir);
  if (running) {
    throw new ReadinessError('platform-running', `The platform is already running (process ${running.pid}).`);
  }
  using interruption = watchForInterruption({ watchParent: context.settings.startedByNpm });
  const { telemetryEndpoint } = context.settings;
  const runId = newRunId(context.now());
  const runDir = await createRunFolder(context.runsDir, `up-${runId}`);
  await using platform = await openPlatform({
    context,
    runId,
    runDir,
    fixedPorts: !options.freePorts,
    runtime: options.runtime,
    traces: false,
    telemetryEndpoint,
    monitoring,
    with: options.with,
    bootTimeoutMs: options.bootTimeout * 1_000,
    forPeople: true,
    signal: interruption.signal,
  });
  const failed = platform.stack.boot.filter(({ state }) => state !== 'ready');
  for (const { node, failure } of failed)
    context.stderr.write(`${node}: ${failure?.cause ?? 'was not started'}\n`);
  if (failed.length > 0) {
    context.stderr.write(`Logs: ${runDir}/logs\n`);
    return exitCode.violated;
  }
  const { services, postgres, redis, mailFolder, redundant = {} } = platform.stack.addresses;
  const urls: Record<string, string> = { ...services };
  if (platform.monitoring) {
    urls.prometheus = platform.monitoring.prometheusUrl;
    urls.alertmanager = platform.monitoring.alertmanagerUrl;
  }
  const printed: Record<string, string> = {
    ...urls,
    ...(postgres ? { postgres: postgres.adminUrl } : {}),
    ...(redis ? { redis: redis.url } : {}),
    ...redundant,
    ...(mailFolder === undefined ? {} : { mails: mailFolder }),
  };
  const width = Math.max(...Object.keys(printed).map((name) => name.length));
  for (const [name, url] of Object.entries(printed)) context.stdout.write(`${name.padEnd(width)}  ${url}\n`);
  const files = await writeUpTarget({ cacheDir, runDir, platform, telemetryEndpoint });
  const path = (file: string): string => relative(process.cwd(), file);
  context.stdout.write(
    `As a target: . ${path(files.variables)} && npm run readiness -- run --target ${path(files.target)}\n`,
  );
  context.stdout.write('The platform is running. Ctrl-C or `npm run readiness -- down` stops it.\n');
  const logs = join(runDir, 'logs', '{service}.log');
  await recordRunning(cacheDir, { pid: process.pid, startedAt: context.now().toISOString(), urls, logs });
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
