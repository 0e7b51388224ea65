import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limitsMs, loadOf } from '../../scenarios/api/load/cluster-load.ts';
import { k6Script, toK6Plan } from '../engine/instruments/load/k6-script.ts';
import type { LoadPlan } from '../engine/instruments/load/load-plan.ts';
import { bucketBounds } from '../load/histogram.ts';
import { LoadResult } from '../load/judge-load.ts';
import { loadDigest, planText } from '../load/manifests/load-manifests.ts';
import { mergeReports } from '../load/merge-reports.ts';
import { type RunnerReport, readRunnerLog } from '../load/runner-report.ts';
import { type OpenPlatform, openPlatform } from '../run/platform/open-platform.ts';
import type { RunContext } from '../run/run-context.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';
import { findK6 } from './setup/k6.mjs';

const packageRoot = resolve(import.meta.dirname, '../..');
const k6 = findK6(packageRoot, process.env);
/** A duration between two starts, so that no iteration is due exactly at the end: 25 per second, 51 in all. */
const [rate, duration, iterations] = [25, 2.02, 51] as const;

let folder: string;
let platform: OpenPlatform;
let tokens: string[];

function contextWith(runsDir: string): RunContext {
  return {
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    settings: readSettings({ ...process.env, NO_COLOR: '1' }),
    packageRoot,
    cacheDir: join(packageRoot, '.cache'),
    runsDir,
    now: () => new Date(),
  };
}

beforeAll(async () => {
  if (k6 === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'load-'));
  platform = await openPlatform({
    context: contextWith(folder),
    runId: `load-${process.pid}`,
    runDir: folder,
    fixedPorts: false,
    traces: false,
    bootTimeoutMs: 60_000,
    forPeople: true,
    signal: new AbortController().signal,
  });
  tokens = await Promise.all(['ada', 'grace', 'mary', 'joan'].map(register));
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function register(name: string): Promise<string> {
  const response = await fetch(`${platform.stack.addresses.services.gateway}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${name}@example.com`, password: 'analytical engine 1843' }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

/** k6's state "paused before the run": all virtual users are made. */
const pausedBeforeRun = 4;

async function untilPaused(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`k6 ended with code ${child.exitCode}.`);
    const response = await fetch(`http://127.0.0.1:${port}/v1/status`).catch(() => undefined);
    const body = (await response?.json()) as { data: { attributes: { status: number } } } | undefined;
    if (body?.data.attributes.status === pausedBeforeRun) return;
    await new Promise((done) => setImmediate(done));
  }
}

interface Load {
  logs: string;
  digest: string;
  codes: (number | null)[];
}

/** Runs the ConfigMap of a load in k6 processes, with the arguments of the k6-operator and its way to start them. */
async function runLikeTheOperator(
  runners: number,
  options: { tokens: readonly string[]; load?: LoadPlan },
): Promise<Load> {
  const work = await mkdtemp(join(folder, `load-${runners}-`));
  const logs = join(work, 'logs');
  await mkdir(logs);
  const plan = toK6Plan(options.load ?? loadOf({ rate, duration }), {
    services: platform.stack.addresses.services,
    runners,
    report: {
      runId: `load-${runners}`,
      profile: 'steady',
      boundsMs: bucketBounds({ timeoutMs: 10_000, limitsMs: Object.values(limitsMs) }),
      tokens: tokens.length,
    },
  });
  await writeFile(join(work, 'plan.json'), planText(plan));
  await writeFile(join(work, 'script.js'), k6Script);
  const ends = Array.from({ length: runners + 1 }, (_, index) =>
    index === 0 ? '0' : index === runners ? '1' : `${index}/${runners}`,
  );
  const processes = await Promise.all(
    Array.from({ length: runners }, async (_, index) => {
      const port = await freePort();
      const segment = [
        `--execution-segment=${ends[index]}:${ends[index + 1]}`,
        `--execution-segment-sequence=${ends.join(',')}`,
      ];
      const child = spawn(
        k6 ?? '',
        [
          'run',
          '--quiet',
          ...(runners > 1 ? segment : []),
          '--no-usage-report',
          '--no-color',
          'script.js',
          `--address=127.0.0.1:${port}`,
          '--paused',
          '--tag',
          `instance_id=${index + 1}`,
        ],
        {
          cwd: work,
          env: {
            PATH: process.env.PATH,
            HOME: work,
            LOAD_TOKENS: options.tokens.join(','),
            K6_AUTO_EXTENSION_RESOLUTION: 'false',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const output = Promise.all([text(child.stdout), text(child.stderr)]);
      const exit = once(child, 'close') as Promise<[number | null]>;
      return { port, child, output, exit };
    }),
  );
  try {
    for (const { port, child } of processes) await untilPaused(port, child);
    for (const { port } of processes)
      await fetch(`http://127.0.0.1:${port}/v1/status`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ data: { attributes: { paused: false }, id: 'default', type: 'status' } }),
      });
    const codes = await Promise.all(processes.map(async ({ exit }) => (await exit)[0]));
    for (const [index, { output }] of processes.entries())
      await writeFile(join(logs, `pod-${index + 1}.log`), (await output).join(''));
    return { logs, digest: loadDigest(planText(plan)), codes };
  } finally {
    for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL');
  }
}

const readLog = (logs: string, pod: number) => readFile(join(logs, `pod-${pod}.log`), 'utf8');

async function reportOf(logs: string, pod: number): Promise<RunnerReport> {
  const [found] = readRunnerLog(await readLog(logs, pod), `pod-${pod}.log`).found;
  if (found === undefined) throw new Error(`pod-${pod}.log has no report.`);
  return found.report;
}

async function merge(...argv: string[]) {
  const context = contextWith(join(folder, 'runs'));
  const [stdout, stderr] = [context.stdout as PassThrough, context.stderr as PassThrough];
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await runCli(['load', 'merge', '--json', ...argv], context);
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, out, err };
}

/** Planned iterations by request: k6 drops some when the machine is too busy to start them in time. */
const plannedOf = ({ requests, runners }: LoadResult) => {
  const dropped = runners.reduce((sum, runner) => sum + runner.dropped, 0);
  return requests.map(
    ({ expected, unexpected, none }) => expected.count + unexpected.count + none.count + dropped,
  );
};

describe.skipIf(k6 === undefined)('a load of several k6 processes on the platform', () => {
  test('counts the same requests as one process', async () => {
    const several = await runLikeTheOperator(3, { tokens });
    const one = await runLikeTheOperator(1, { tokens });
    expect([...several.codes, ...one.codes]).toEqual([0, 0, 0, 0]);

    const merged = LoadResult.parse(JSON.parse((await merge('--digest', several.digest, several.logs)).out));
    const single = LoadResult.parse(JSON.parse((await merge('--digest', one.digest, one.logs)).out));
    expect(merged).toMatchObject({ parallelism: 3, gaps: [] });
    expect(plannedOf(merged)).toEqual([iterations, iterations, iterations, iterations]);
    expect(plannedOf(single)).toEqual(plannedOf(merged));
    const failed = [...merged.requests, ...single.requests].map(
      ({ unexpected, none }) => unexpected.count + none.count,
    );
    expect(failed.every((count) => count === 0)).toBe(true);

    const pods = await Promise.all([1, 2, 3].map((pod) => reportOf(several.logs, pod)));
    const slowest = pods.flatMap(({ histograms }) => histograms.map(({ maxMs }) => maxMs));
    expect(Math.max(...merged.requests.map(({ expected }) => expected.maxMs))).toBe(Math.max(...slowest));
    // Each part's own percentile is below its slowest response, so the merged one is too.
    const p95 = Number(merged.findings.find(({ name }) => name === 'p95')?.observed);
    expect(p95).toBeGreaterThanOrEqual(Math.min(...pods.map(({ ownMs }) => ownMs?.p50 ?? 0)));
    expect(p95).toBeLessThanOrEqual(Math.max(...slowest) + 0.1);
  }, 60_000);

  test('has the percentiles of k6, at most 5 % higher', async () => {
    // With 101 responses, no percentile is between two of them, where k6 would interpolate.
    const { flows, ...rest } = loadOf({ rate: 50, duration: 2.01 });
    const { logs } = await runLikeTheOperator(1, {
      tokens,
      load: { ...rest, flows: flows.map((flow) => ({ ...flow, steps: flow.steps.slice(0, 1) })) },
    });
    const report = await reportOf(logs, 1);
    const { summary } = mergeReports({ found: [{ file: 'pod-1.log', report }], damaged: [] });
    expect(summary).toMatchObject({ total: 101, failed: 0, dropped: 0 });
    for (const [own, merged] of [
      [report.ownMs?.p50, summary.p50Ms],
      [report.ownMs?.p95, summary.p95Ms],
      [report.ownMs?.p99, summary.p99Ms],
    ] as const) {
      expect(merged).toBeGreaterThanOrEqual(own ?? Number.NaN);
      expect(merged).toBeLessThanOrEqual((own ?? Number.NaN) * 1.05);
    }
  });

  test('is not proven if the runners have too few tokens', async () => {
    const { logs, codes } = await runLikeTheOperator(1, { tokens: tokens.slice(1) });
    expect(codes).toEqual([107]);
    const { code, out } = await merge(logs);
    expect(code).toBe(3);
    expect(LoadResult.parse(JSON.parse(out))).toMatchObject({ outcome: 'unmeasured' });
    expect(await readLog(logs, 1)).toContain('LOAD_TOKENS has 3 tokens, and this load needs at least 4');
  });
});
