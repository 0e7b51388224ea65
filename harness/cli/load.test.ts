import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { exitCode } from '../errors/exit-code.ts';
import { LoadResult } from '../load/judge-load.ts';
import { type RunnerReport, reportLine } from '../load/runner-report.ts';
import { sampleReports } from '../load/testing/sample-reports.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';

let folder: string;
let logs: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-cli-'));
  logs = await mkdtemp(join(folder, 'logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const code = await runCli(['load', ...argv], {
    stdout,
    stderr,
    settings: readSettings({ PATH: '', NO_COLOR: '1' }),
    packageRoot: resolve(import.meta.dirname, '../..'),
    cacheDir: folder,
    runsDir: join(folder, 'runs'),
    now: () => new Date('2025-08-07T00:00:00Z'),
  });
  return { code, out: stdout.read() ?? '', err: stderr.read() ?? '' };
}

async function writeTarget(
  label: string,
  allow: readonly string[],
  gateway = 'http://gateway.pyairtable:8000',
) {
  const file = join(folder, 'target.yaml');
  await writeFile(
    file,
    `name: staging\nlabel: ${label}\nservices: { gateway: "${gateway}" }\nallow: ${JSON.stringify(allow)}\n`,
  );
  return file;
}

/** Stores the reports as the logs of pods. */
async function writeLogs(reports: readonly RunnerReport[]): Promise<void> {
  for (const [index, report] of reports.entries())
    await writeFile(join(logs, `pod-${index + 1}.log`), `level=info\n\n${reportLine(report)}\n`);
}

const loadCheck = 'api.load.error-rate-below-5-percent';

describe('load manifests', () => {
  const inside = ['--parallelism', '3', '--url', 'http://gateway.pyairtable:8000'];

  it('writes one stream of objects, and what to do next beside it', async () => {
    const { code, out, err } = await cli('manifests', ...inside, '--profile', 'steady');
    expect(code, err).toBe(exitCode.ok);
    const objects = parseAllDocuments(out).map((document) => document.toJS());
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'NetworkPolicy',
      'NetworkPolicy',
      'ConfigMap',
      'TestRun',
    ]);
    expect(objects[4].spec).toMatchObject({ parallelism: 3, separate: true });
    const plan = JSON.parse(objects[3].data['plan.json']);
    expect(plan).toMatchObject({ rate: 12, durationS: 10, report: { profile: 'steady', tokens: 4 } });
    expect(plan.requests[0]).toMatchObject({
      url: 'http://gateway.pyairtable:8000/api/auth/me',
      headers: {},
    });
    expect(plan.report.boundsMs).toEqual(expect.arrayContaining([500, 2_000, 10_000]));
    expect(err).toContain(`Script:  ${objects[4].metadata.annotations['readiness/load-digest']}`);
    expect(err).toContain('--max-log-requests=3');
  });

  it('writes files that sort in the order in which a cluster needs them', async () => {
    const output = join(folder, 'load');
    const { code } = await cli('manifests', ...inside, '--output', output);
    expect(code).toBe(exitCode.ok);
    expect((await readdir(output)).sort()).toEqual([
      '1-namespace.yaml',
      '2-network.yaml',
      '3-script.yaml',
      '4-test-run.yaml',
    ]);
  });

  it('asks for as many tokens as the limit of requests per user needs', async () => {
    const { err } = await cli('manifests', ...inside, '--rate', '500', '--duration', '60');
    expect(err).toContain('40 access tokens or more');
  });

  it('takes the gateway of a target that allows the load check', async () => {
    const { code, out } = await cli(
      'manifests',
      '--parallelism',
      '2',
      '--target',
      await writeTarget('staging', [loadCheck]),
    );
    expect(code).toBe(exitCode.ok);
    expect(out).toContain('http://gateway.pyairtable:8000/api/users/me');
  });

  it('rejects a target that does not allow load, and production always', async () => {
    const silent = await cli('manifests', '--parallelism', '2', '--target', await writeTarget('staging', []));
    expect(silent.code).toBe(exitCode.usage);
    expect(silent.err).toContain('does not allow it');
    const production = await cli(
      'manifests',
      '--parallelism',
      '2',
      '--target',
      await writeTarget('production', []),
    );
    expect(production.code).toBe(exitCode.usage);
    expect(production.err).toContain('a target labelled production never gets load');
  });

  it.each([
    ['no address', ['--parallelism', '3'], 'Give either --url or --target'],
    [
      'a loopback address',
      ['--parallelism', '3', '--url', 'http://127.0.0.1:8000'],
      'in a pod is the pod itself',
    ],
    [
      'an address with a password',
      ['--parallelism', '3', '--url', 'http://a:b@host:1'],
      'without user, password',
    ],
    ['more runners than iterations', [...inside, '--rate', '2'], 'Use --parallelism 2 or fewer'],
    ['a load longer than its tokens last', [...inside, '--duration', '3600'], 'above 600 s'],
    ['no runner', ['--parallelism', '0', '--url', 'http://a.b:1'], 'from 1 to 100'],
    ['an unknown profile', [...inside, '--profile', 'heavy'], 'smoke, steady, load'],
    ['an invalid namespace', [...inside, '--namespace', 'My Space'], 'lowercase letters'],
  ])('rejects %s with exit code 2', async (_, argv, message) => {
    const { code, err } = await cli('manifests', ...argv);
    expect(code, err).toBe(exitCode.usage);
    expect(err).toContain(message);
  });
});

describe('load merge', () => {
  it('passes when all limits are met, and stores evidence with hashes', async () => {
    await writeLogs(sampleReports(3));
    const { code, out } = await cli('merge', logs);
    expect(code, out).toBe(exitCode.ok);
    expect(out).toContain('3 of 3 runners');
    expect(out).toContain('GET /api/users/stats');
    expect(out).toContain('Each runner had a node of its own');
    const [run = ''] = await readdir(join(folder, 'runs'));
    const stored = join(folder, 'runs', run);
    const result = LoadResult.parse(JSON.parse(await readFile(join(stored, 'result.json'), 'utf8')));
    expect(result).toMatchObject({ outcome: 'pass', parallelism: 3, gaps: [], check: loadCheck });
    const { files } = JSON.parse(await readFile(join(stored, 'manifest.json'), 'utf8'));
    expect(Object.keys(files)).toEqual([1, 2, 3].map((index) => `evidence/runner-${index}.json`));
  });

  it('prints the result as JSON', async () => {
    await writeLogs(sampleReports(2));
    const { out } = await cli('merge', '--json', logs);
    expect(LoadResult.parse(JSON.parse(out)).requests[0]).toMatchObject({
      p95Ms: 20,
      expected: { count: 240 },
    });
  });

  it('fails when a limit is violated', async () => {
    await writeLogs(sampleReports(3, 700));
    const { code, out } = await cli('merge', logs);
    expect(code).toBe(exitCode.violated);
    expect(out).toContain('p95: 700; must be at most 500 ms');
  });

  it.each<[string, (reports: RunnerReport[]) => RunnerReport[], string]>([
    ['a runner is missing', (reports) => reports.slice(0, 2), 'Runner 3 of 3 (part 2/3:1) has no report.'],
    ['a runner is missing and the times are too long', () => sampleReports(3, 700).slice(1), 'Runner 1 of 3'],
    [
      'iterations were dropped',
      ([first, ...rest]) => [{ ...(first as RunnerReport), dropped: 1 }, ...rest],
      'dropped: Observed 1; expected at most 0 iterations.',
    ],
  ])('is not proven when %s', async (_, change, message) => {
    await writeLogs(change(sampleReports(3)));
    const { code, out } = await cli('merge', logs);
    expect(code, out).toBe(exitCode.notProven);
    expect(out).toContain(message);
  });

  it('is not proven when a log is cut off', async () => {
    await writeLogs(sampleReports(3));
    const last = join(logs, 'pod-3.log');
    await writeFile(last, (await readFile(last, 'utf8')).slice(0, 400));
    const { code, out } = await cli('merge', logs);
    expect(code).toBe(exitCode.notProven);
    expect(out).toContain('Runner 3 of 3 (part 2/3:1) has no report.');
    expect(out).toContain('pod-3.log:3: the report is cut off or was changed.');
  });

  it('is not proven without any report', async () => {
    await writeFile(join(logs, 'pod-1.log'), 'level=error msg="no script"\n');
    const { code, err } = await cli('merge', logs);
    expect(code).toBe(exitCode.notProven);
    expect(err).toContain('kubectl logs');
  });

  it('reads single files, and names a file that does not exist', async () => {
    await writeLogs(sampleReports(2));
    expect((await cli('merge', join(logs, 'pod-1.log'), join(logs, 'pod-2.log'))).code).toBe(exitCode.ok);
    expect(await cli('merge', join(logs, 'pod-9.log'))).toMatchObject({ code: exitCode.usage });
  });

  it('rejects reports of another script than the wanted one, and of other limits', async () => {
    await writeLogs(sampleReports(1));
    expect((await cli('merge', '--digest', 'e'.repeat(64), logs)).err).toContain(`not ${'e'.repeat(64)}`);
    await writeLogs(
      sampleReports(1).map((report) => ({
        ...report,
        settings: {
          ...report.settings,
          boundsMs: report.settings.boundsMs.map((bound) => (bound === 500 ? 501 : bound)),
        },
      })),
    );
    const { code, err } = await cli('merge', logs);
    expect(code).toBe(exitCode.usage);
    expect(err).toContain('its requests or limits differ');
  });
});
