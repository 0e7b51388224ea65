import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const repository = resolve(import.meta.dirname, '../..');
let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'readiness-bin-'));
});
afterAll(() => rmSync(project, { recursive: true }));

const packageIn = (name: string): string => join(project, 'node_modules', name);

type Launched = ChildProcessByStdio<null, Readable, Readable>;

function start(name: string, args: readonly string[]): Launched {
  return spawn(process.execPath, [join(packageIn(name), 'harness/cli/readiness.mjs'), ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: Launched) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

describe('the launcher', () => {
  /** The launcher with a small main program. */
  beforeAll(() => {
    const root = packageIn('launched');
    for (const file of ['readiness.mjs', 'strip-types.mjs', 'setup'])
      cpSync(join(repository, 'harness/cli', file), join(root, 'harness/cli', file), { recursive: true });
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'launched', type: 'module' }));
    writeFileSync(
      join(root, 'harness/cli/main.ts'),
      `const [command, ...rest]: string[] = process.argv.slice(2);
       console.log(JSON.stringify({ rest, runs: process.env.READINESS_RUNS }));
       if (command === 'wait') {
         process.on('SIGTERM', () => process.exit(143));
         setInterval(() => {}, 1_000);
       } else process.exitCode = Number(command);`,
    );
  });

  test('forwards the arguments and returns the exit code', async () => {
    const { stdout, stderr, code } = await finish(start('launched', ['3', '--only', 'a b', '--']));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).rest).toEqual(['--only', 'a b', '--']);
    expect(code).toBe(3);
  });

  test('stores run folders in the project, not in the package', async () => {
    const { stdout } = await finish(start('launched', ['0']));
    expect(JSON.parse(stdout).runs).toMatch(/readiness-bin-\w+\/reports\/runs$/);
  });

  test('forwards a signal and waits for the program to end', async () => {
    const child = start('launched', ['wait']);
    const ended = finish(child);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
  });
});

describe('the packed npm package', () => {
  const Packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);
  let files: string[];

  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--loglevel=error'], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    files = Packed.parse(JSON.parse(packed))[0].files.map(({ path }) => path);
    for (const file of files) {
      const target = join(packageIn('pyairtable-readiness'), file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(repository, file), target);
    }
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')));
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(packageIn(name)), { recursive: true });
      symlinkSync(join(repository, 'node_modules', name), packageIn(name));
    }
  });

  test('contains neither tests nor earlier runs', () => {
    expect(files.filter((file) => /\.test\.ts$|\/testing\/|^reports\/runs\//.test(file))).toEqual([]);
  });

  test('runs inside node_modules, where Node does not strip types', async () => {
    const { stdout, stderr, code } = await finish(start('pyairtable-readiness', ['plan', '--json']));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).schema).toBe('readiness.plan/1');
    expect(code).toBe(0);
  });
});
