import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryFolder } from '../folders/abandoned-runs.ts';

const repository = resolve(import.meta.dirname, '../../..');
/** Much longer than a run needs. Without the reaper the run never ends. */
const limit = { timeout: 40_000, interval: 50 };

describe.runIf(existsSync('/proc/self/stat'))('a test run', () => {
  let project: string;
  let vitest: ChildProcess | undefined;

  beforeEach(async () => {
    const cache = join(repository, '.cache');
    await mkdir(cache, { recursive: true });
    project = await mkdtemp(join(cache, 'test-run-'));
    const config = { globalSetup: join(import.meta.dirname, 'test-run.ts'), pool: 'forks' };
    await writeFile(
      join(project, 'vitest.config.mjs'),
      `export default { test: ${JSON.stringify({ ...config, include: ['*.test.mjs'] })} };`,
    );
  });
  afterEach(async () => {
    vitest?.kill('SIGKILL');
    await rm(project, { recursive: true, force: true });
  });

  async function run(test: string): Promise<{ pid: number; output: () => string }> {
    await writeFile(join(project, 'some.test.mjs'), `${helpers}${test}`);
    const program = join(repository, 'node_modules/vitest/vitest.mjs');
    const child = spawn(process.execPath, [program, 'run', '--root', project], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_POOL_ID: undefined },
    });
    vitest = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    return { pid: child.pid as number, output: () => output };
  }

  const helpers = `
    import { spawn } from 'node:child_process';
    import { afterAll, beforeAll, expect, it } from 'vitest';
    import { startTemporaryDatabase } from '${repository}/platform/database/testing/temporary-database.ts';
    import { startTemporaryRedis } from '${repository}/platform/kit/testing/temporary-redis.ts';
  `;

  it('ends and leaves nothing behind when a setup fails with open stores and processes', async () => {
    const { pid, output } = await run(`
      beforeAll(async () => {
        await startTemporaryRedis();
        spawn('sleep', ['1000'], { stdio: 'inherit', detached: true });
        throw new Error('this setup fails');
      });
      it('is skipped', () => {});
    `);
    const [code] = await once(vitest as ChildProcess, 'close');
    expect(code, output()).toBe(1);
    expect(output()).toContain('this setup fails');
    expect(leftOf(pid)).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const { pid, output } = await run(`
      it('waits', async () => {
        await Promise.all([startTemporaryDatabase(), startTemporaryRedis()]);
        console.log('stores are open');
        await new Promise(() => {});
      });
    `);
    await expect.poll(output, limit).toContain('stores are open');
    expect(leftOf(pid)).not.toEqual([]);
    vitest?.kill('SIGKILL');
    await expect.poll(() => leftOf(pid), limit).toEqual([]);
  });
});

/** Remaining folders and processes of the test run of a Vitest process. */
function leftOf(vitestPid: number): string[] {
  const run = `tests-${vitestPid}-`;
  const folders = readdirSync(memoryFolder).filter((name) => name.includes(run));
  const processes = readdirSync('/proc').filter(
    (name) =>
      /^\d+$/.test(name) &&
      name !== String(process.pid) &&
      ['environ', 'cmdline'].some((file) => contentOf(`/proc/${name}/${file}`).includes(run)),
  );
  return [...folders, ...processes.map((pid) => contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))];
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
