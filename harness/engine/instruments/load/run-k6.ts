import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { StackAddresses } from '../../stack.ts';
import type { CheckScope } from '../check-scope.ts';
import { type ProgramRun, runProgram } from '../programs/run-program.ts';
import { describeK6Exit } from './k6-exit-codes.ts';
import { k6Script, toK6Plan } from './k6-script.ts';
import type { LoadSummary, ScriptResult } from './load.ts';
import type { LoadPlan } from './load-plan.ts';
import { loadRecord } from './load-record.ts';

const count = z.object({ values: z.object({ count: z.number() }) });
const Summary = z.object({
  metrics: z.object({
    sent: count.optional(),
    failed: count.optional(),
    iterations: count.optional(),
    dropped_iterations: count.optional(),
    response_ms: z
      .object({ values: z.object({ med: z.number(), 'p(95)': z.number(), 'p(99)': z.number() }) })
      .optional(),
  }),
});

/** Sends a load with k6, in a process of its own, and writes its figures as evidence. */
export async function runK6Plan(
  scope: CheckScope,
  options: { k6Path: string; plan: LoadPlan; services: StackAddresses['services']; traceId: string },
): Promise<LoadSummary> {
  const { k6Path, plan } = options;
  return inFolder(scope, async (folder) => {
    const summaryFile = join(folder, 'summary.json');
    const k6Plan = toK6Plan(plan, { ...options, summaryFile });
    await writeFile(join(folder, 'plan.json'), JSON.stringify(k6Plan), { mode: 0o600 });
    await writeFile(join(folder, 'script.js'), k6Script);
    const { code, stdout, stderr } = await runK6(scope, { k6Path, folder, args: ['script.js'] });
    const output = stdout + stderr;
    if (code !== 0) throw new Error(`k6 exited with ${describeK6Exit(code)}: ${output.slice(-2_000)}`);
    const k6: unknown = JSON.parse(await readFile(summaryFile, 'utf8'));
    const summary = toLoadSummary(k6, k6Plan.requestTimeoutS * 1000);
    const figures = {
      engine: 'k6',
      summary,
      virtualUsers: k6Plan.preAllocatedVUs,
      k6,
      output: output.slice(-4_000),
    };
    await scope.evidence.write(`load-k6-${plan.name}.json`, loadRecord(plan, figures));
    return summary;
  });
}

/** Reads k6's summary. Without any expected response, the times are the request timeout, never zero. */
export function toLoadSummary(raw: unknown, timeoutMs: number): LoadSummary {
  const { metrics } = Summary.parse(raw);
  const times = metrics.response_ms?.values;
  return {
    total: metrics.sent?.values.count ?? 0,
    failed: metrics.failed?.values.count ?? 0,
    dropped: metrics.dropped_iterations?.values.count ?? 0,
    iterations: metrics.iterations?.values.count ?? 0,
    p50Ms: times?.med ?? timeoutMs,
    p95Ms: times?.['p(95)'] ?? timeoutMs,
    p99Ms: times?.['p(99)'] ?? timeoutMs,
  };
}

/** `--summary-export` of k6: each threshold with whether it was crossed. */
const Exported = z.object({
  metrics: z.record(
    z.string(),
    z.looseObject({
      thresholds: z.record(z.string(), z.boolean()).optional(),
      count: z.number().optional(),
    }),
  ),
});

/**
 * Runs a script of the user's own in its folder, so that it finds its modules.
 * @throws Error when k6 ends otherwise than after all iterations: then its thresholds prove nothing
 */
export async function runK6Script(
  scope: CheckScope,
  { k6Path, file, env }: { k6Path: string; file: string; env: Readonly<Record<string, string>> },
): Promise<ScriptResult> {
  return inFolder(scope, async (folder) => {
    const exported = join(folder, 'summary.json');
    const { code, stdout, stderr } = await runK6(scope, {
      k6Path,
      folder,
      cwd: dirname(file),
      args: [`--summary-export=${exported}`, file],
      env,
    });
    await scope.evidence.write('k6-output.txt', redactValues(stdout + stderr, Object.values(env)));
    // 99: all iterations ran, and a threshold was crossed.
    if (code !== 0 && code !== 99)
      throw new Error(
        `k6 exited with ${describeK6Exit(code)}: ${redactValues((stdout + stderr).slice(-2_000), Object.values(env))}`,
      );
    const text = await readFile(exported, 'utf8');
    await scope.evidence.write('k6-summary.json', text);
    return toScriptResult(JSON.parse(text));
  });
}

/** Reads what k6 exports. There, `true` means that a threshold was crossed. */
export function toScriptResult(raw: unknown): ScriptResult {
  const { metrics } = Exported.parse(raw);
  return {
    thresholds: Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
      Object.entries(thresholds).map(([condition, crossed]) => ({
        threshold: `${metric}: ${condition}`,
        met: !crossed,
      })),
    ),
    requests: metrics.http_reqs?.count ?? 0,
    iterations: metrics.iterations?.count ?? 0,
  };
}

/** Tokens are long; short values, e.g. addresses, tell a reader what ran. */
function redactValues(text: string, values: readonly string[]): string {
  return values
    .flatMap((value) => value.split(/[\s,]+/))
    .filter((value) => value.length > 40)
    .reduce((left, value) => left.replaceAll(value, '[token]'), text);
}

async function inFolder<T>(scope: CheckScope, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(scope.tmpDir, 'load');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, 'k6-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runK6(
  scope: CheckScope,
  options: {
    k6Path: string;
    folder: string;
    cwd?: string;
    args: readonly string[];
    env?: Readonly<Record<string, string>>;
  },
): Promise<ProgramRun> {
  const { folder } = options;
  return runProgram({
    command: options.k6Path,
    args: [
      'run',
      '--no-usage-report',
      '--quiet',
      '--no-color',
      '--address=',
      '--log-output=stderr',
      ...options.args,
    ],
    cwd: options.cwd ?? folder,
    // k6 must not use the settings file of the user, nor load extensions from the network.
    env: {
      PATH: process.env.PATH,
      ...scope.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      TMPDIR: folder,
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      ...options.env,
    },
    signal: scope.signal,
    trackProcess: scope.trackProcess,
    running: scope.running,
  });
}
