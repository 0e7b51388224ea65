import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from '../programs/run-program.ts';
import { k6Script, toK6Plan } from './k6-script.ts';
import type { LoadInstrument, LoadSummary } from './load.ts';

/** Exit codes of k6 (`errext/exitcodes`). The script declares no thresholds, so none of them is the product's failure. */
const k6ExitCodes: Readonly<Record<number, string>> = {
  99: 'a threshold was crossed, although none is declared',
  100: 'setup took too long',
  101: 'teardown took too long',
  102: 'generic timeout',
  103: 'the generator could not be started',
  104: 'its configuration is invalid',
  105: 'it was stopped by another process',
  106: 'its control interface could not be opened',
  107: 'the script threw',
  108: 'the script stopped the test',
  109: 'it panicked',
  110: 'the script marked the test as failed',
};

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

/** Generates load with k6, in a process of its own. */
export function openLoad(
  scope: CheckScope,
  options: { k6Path: string | undefined; services: StackAddresses['services']; traceId: string },
): LoadInstrument {
  return {
    run: async (plan) => {
      scope.requireCapability('k6');
      const { k6Path } = options;
      if (k6Path === undefined) throw new MissingCapability('k6');
      const parent = join(scope.tmpDir, 'load');
      await mkdir(parent, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(parent, 'k6-'));
      try {
        const summaryFile = join(folder, 'summary.json');
        const k6Plan = toK6Plan(plan, { ...options, summaryFile });
        await writeFile(join(folder, 'plan.json'), JSON.stringify(k6Plan), { mode: 0o600 });
        await writeFile(join(folder, 'script.js'), k6Script);
        const output = await runK6(scope, { k6Path, folder });
        const k6: unknown = JSON.parse(await readFile(summaryFile, 'utf8'));
        const summary = toLoadSummary(k6, k6Plan.requestTimeoutS * 1000);
        const record = {
          summary,
          rate: plan.rate,
          duration: plan.duration,
          virtualUsers: k6Plan.preAllocatedVUs,
          // Without token and body.
          requests: plan.requests.map(({ service, method, path, expectedStatuses }) => ({
            service,
            method,
            path,
            expectedStatuses,
          })),
          k6,
          output,
        };
        await scope.evidence.write(`load-${plan.name}.json`, `${JSON.stringify(record, null, 2)}\n`);
        return summary;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
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

async function runK6(scope: CheckScope, options: { k6Path: string; folder: string }): Promise<string> {
  const { folder } = options;
  const { code, stdout, stderr } = await runProgram({
    command: options.k6Path,
    args: [
      'run',
      '--no-usage-report',
      '--quiet',
      '--no-color',
      '--address=',
      '--log-output=stderr',
      'script.js',
    ],
    cwd: folder,
    // k6 must not use the settings file of the user, nor load extensions from the network.
    env: {
      PATH: process.env.PATH,
      ...scope.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      TMPDIR: folder,
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
    },
    signal: scope.signal,
    trackProcess: scope.trackProcess,
    running: scope.running,
  });
  const output = stdout + stderr;
  if (code !== 0) {
    const why = code === null ? 'it was killed' : (k6ExitCodes[code] ?? 'unknown reason');
    throw new Error(`k6 exited with code ${code} (${why}): ${output.slice(-2_000)}`);
  }
  return output.slice(-4_000);
}
