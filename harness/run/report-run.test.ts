import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { exitCode } from '../errors/exit-code.ts';
import { freezeFacts } from '../evidence/freeze-facts.ts';
import { sampleFacts, sampleManifest, samplePlan } from '../judge/testing/sample-run.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { freezePlan } from '../plan/freeze-plan.ts';
import { hashRunFiles } from './run-folder.ts';
import { readSettings } from './settings.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
let folder: string;
let runDir: string;

/** A stored run in which everything passes. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judge-and-report-'));
  runDir = join(folder, 'run');
  await mkdir(runDir);
  const frozen = freezePlan(samplePlan());
  await writeFile(join(runDir, 'plan.json'), frozen.json);
  await writeFile(join(runDir, 'facts.json'), freezeFacts(sampleFacts(frozen.plan), frozen).json);
  const manifest = { ...sampleManifest, files: await hashRunFiles(runDir) };
  await writeFile(join(runDir, 'manifest.json'), canonicalJson(manifest));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function cli(
  argv: readonly string[],
  options: { root?: string; now?: string } = {},
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const code = await runCli(argv, {
    stdout,
    stderr,
    settings: readSettings({ PATH: '', NO_COLOR: '1' }),
    packageRoot: options.root ?? packageRoot,
    cacheDir: folder,
    runsDir: folder,
    now: () => new Date(options.now ?? sampleManifest.startedAt),
  });
  return { code, out: stdout.read() ?? '', err: stderr.read() ?? '' };
}

const stored = (name: string): Promise<string> => readFile(join(runDir, name), 'utf8');

describe('judging a stored run', () => {
  it('gives the same result every time and writes every report', async () => {
    expect((await cli(['judge', runDir])).code).toBe(exitCode.ok);
    const first = await stored('result.json');
    await cli(['judge', runDir]);
    expect(await stored('result.json')).toBe(first);
    expect(await stored('report.html')).toContain('<h1 id="verdict-heading">GO</h1>');
    expect(await stored('junit.xml')).toContain('<testsuites');
    expect(await stored('report.md')).toMatch(/^# GO$/m);
  });

  it('rejects evidence that was changed after the run', async () => {
    const facts = await stored('facts.json');
    await writeFile(join(runDir, 'facts.json'), facts.replace('"completed": true', '"completed":  true'));
    const { code, err } = await cli(['judge', runDir]);
    expect(code).toBe(exitCode.evidence);
    expect(err).toContain('facts.json');
  });

  it('rejects missing evidence', async () => {
    await rm(join(runDir, 'facts.json'));
    expect((await cli(['judge', runDir])).code).toBe(exitCode.evidence);
  });

  it('rejects a stored GO with stale evidence', async () => {
    const dayAfterNext = new Date(Date.parse(sampleManifest.startedAt) + 49 * 3_600_000).toISOString();
    const { code, err } = await cli(['judge', runDir], { now: dayAfterNext });
    expect(code).toBe(exitCode.evidence);
    expect(err).toContain('fresh');
  });

  it('gives exit code 4 when a report cannot be rendered, and still writes the others', async () => {
    const root = join(folder, 'package');
    await cp(join(packageRoot, 'reports/templates'), join(root, 'reports/templates'), {
      recursive: true,
    });
    await writeFile(join(root, 'reports/templates/report.html.hbs'), '{{#each}}');
    const { code, out, err } = await cli(['judge', runDir], { root });
    expect(code).toBe(exitCode.harness);
    expect(out).toMatch(/^GO$/m);
    expect(err).toContain('report.html');
    expect(await stored('junit.xml')).toContain('<testsuites');
    expect(await stored('result.json')).toContain('"GO"');
  });

  it('renders the reports again without a check of their age', async () => {
    await cli(['judge', runDir]);
    await rm(join(runDir, 'report.html'));
    const { code, out } = await cli(['report', runDir], { now: '2099-01-01T00:00:00Z' });
    expect(code).toBe(exitCode.ok);
    expect(out).toContain('report.html');
    expect(await stored('report.html')).toContain('<h1 id="verdict-heading">GO</h1>');
  });
});
