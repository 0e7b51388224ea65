import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exitCode } from '../errors/exit-code.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
let folder: string;

// On a busy machine, loading the checks takes longer than a test may.
beforeAll(() => import('../../scenarios/catalogue.ts'), 120_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const code = await runCli(argv, {
    stdout,
    stderr,
    settings: readSettings({ PATH: '', NO_COLOR: '1' }),
    packageRoot,
    cacheDir: folder,
    runsDir: folder,
    now: () => new Date('2025-08-07T00:00:00Z'),
  });
  return { code, out: stdout.read() ?? '', err: stderr.read() ?? '' };
}

describe('the command line', () => {
  it.each([
    ['an unknown command', ['launch']],
    ['an unknown option', ['run', '--fast']],
    ['a boot timeout that is not a number', ['run', '--boot-timeout', 'soon']],
    ['a filter that matches nothing', ['run', '--only', 'no.such.check']],
    ['a check that does not exist', ['check', 'no.such.check']],
    ['a group instead of one check', ['check', 'infrastructure']],
    ['an unknown fault', ['run', '--fault', 'no.such-fault']],
    ['an unknown fault to reproduce', ['reproduce', 'no.such-fault']],
    ['nothing to reproduce', ['reproduce']],
    ['a fault of a target', ['reproduce', 'gateway.down', '--target', 'fixtures/targets/up.yaml']],
    ['a fault named twice', ['reproduce', 'gateway.down+gateway.down']],
    ['an unknown set of faults', ['run', '--faults', 'assessment-2024']],
    ['nothing to diagnose', ['diagnose']],
    ['a path that does not exist to diagnose', ['diagnose', 'no/such/path']],
    ['an unknown fault to prove', ['prove', 'gateway.down', 'no.such-fault']],
    ['an unknown runtime', ['check', 'services.gateway.ready', '--runtime', 'podman']],
    [
      'a part that the runtime cannot add',
      ['run', '--runtime', 'testcontainers', '--with', 'high-availability'],
    ],
    ['the same for a platform to use', ['up', '--runtime', 'testcontainers', '--with', 'high-availability']],
    ['an adopted project without its runtime', ['run', '--adopt', 'shop']],
    [
      'a part that is added to an adopted project',
      ['run', '--runtime', 'compose', '--adopt', 'shop', '--with', 'restarts'],
    ],
    [
      'a target file and an adopted project',
      ['check', 'services.gateway.ready', '--target', 'a.yaml', '--adopt', 'shop'],
    ],
    ['a permission for a platform that the run boots', ['run', '--allow', 'api.fuzzing.documents-hold']],
    ['a target file of nothing', ['target']],
    ['a fault in an unknown service', ['run', '--fault', 'service.hangs-at-start=billing']],
    ['a path that does not exist', ['judge', 'no/such/folder']],
    ['a folder without a result to report', ['report', packageRoot]],
    ['an unknown check to explain', ['explain', 'no.such.check']],
  ])('rejects %s with exit code 2 and a hint', async (_what, argv) => {
    const { code, err } = await cli(...argv);
    expect(code, err).toBe(exitCode.usage);
    expect(err).not.toBe('');
  });

  it('rejects a file that is not an assessment and names the field', async () => {
    const file = join(folder, 'odd.json');
    await writeFile(file, '{"schema":"readiness.assessment/1"}');
    const { code, err } = await cli('judge', file);
    expect(code).toBe(exitCode.usage);
    expect(err).toContain('categories');
  });

  it('judges the assessment of 2025-08-07', async () => {
    const { code, out } = await cli('judge', join(packageRoot, 'fixtures/assessments/2025-08-07.json'));
    expect(code).toBe(exitCode.violated);
    expect(out).toContain('28.65 %');
    expect(out).toContain('NO-GO');
    expect(out).toContain('4 of 7 = 57.1 %');
  });

  it('judges the corrected assessment at 27.07 %', async () => {
    const { out } = await cli('judge', join(packageRoot, 'fixtures/assessments/2025-08-07-corrected.json'));
    expect(out).toMatch(/NO-GO.*27\.07 %/);
  });

  it('explains a check and how to run it again', async () => {
    const { code, out } = await cli('explain', 'infrastructure.postgres');
    expect(code).toBe(exitCode.ok);
    expect(out).toContain('npm run readiness -- check infrastructure.postgres');
  });

  it('prints the plan and marks the checks that a selection leaves out', async () => {
    const { code, out } = await cli('plan', '--only', 'security', '--json');
    expect(code).toBe(exitCode.ok);
    const { checks } = JSON.parse(out) as { checks: { id: string; category: string; deselected?: string }[] };
    expect(checks.length).toBeGreaterThanOrEqual(40);
    expect(checks.filter(({ category, deselected }) => category === 'security' && deselected)).toEqual([]);
    expect(checks.some(({ deselected }) => deselected)).toBe(true);
  });

  it('reports that the platform is not running', async () => {
    expect(await cli('down')).toMatchObject({ code: exitCode.ok, out: 'The platform is not running.\n' });
  });
});
