import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runMark } from '../../runtime/reaper/reaper.ts';

const main = resolve(import.meta.dirname, '../main.ts');

/** The real command line in a process of its own, with run folders of its own. */
export interface SpawnedHarness extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly runsDir: string;
  /** Everything written so far, both streams. */
  output(): string;
  /** Resolves when the output matches; rejects when the process ends before. */
  says(pattern: RegExp): Promise<void>;
  /** Exit code, or the signal's name. */
  ended(): Promise<number | NodeJS.Signals | null>;
  /** The one run folder. */
  runDir(): Promise<string>;
}

export async function spawnHarness(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<SpawnedHarness> {
  const runsDir = await mkdtemp(join(tmpdir(), 'readiness-runs-'));
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CI: 'true',
      NO_COLOR: '1',
      READINESS_RUNS: runsDir,
      npm_lifecycle_event: undefined,
      ...env,
    },
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of watchers) look();
    });
  }
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    child,
    runsDir,
    output: () => output,
    async says(pattern) {
      const { promise, resolve: done, reject } = Promise.withResolvers<void>();
      const look = (): void => {
        if (pattern.test(output)) done();
      };
      watchers.add(look);
      look();
      void exit.then(() => reject(new Error(`The harness ended without saying ${pattern}:\n${output}`)));
      await promise.finally(() => watchers.delete(look));
    },
    async ended() {
      const [code, signal] = await exit;
      return signal ?? code;
    },
    async runDir() {
      const [name] = await readdir(runsDir);
      if (!name) throw new Error(`There is no run folder:\n${output}`);
      return join(runsDir, name);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exit;
      }
      await rm(runsDir, { recursive: true, force: true });
    },
  };
}

/** Processes (by command line) and temporary folders that still belong to a run; empty when all is gone. */
export async function leftOf(runId: string): Promise<string[]> {
  const left: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (environment.split('\0').includes(`${runMark}=${runId}`) || command.includes(runId)) {
      left.push(`process ${pid}: ${command}`);
    }
  }
  for (const parent of ['/dev/shm', tmpdir()]) {
    const names = await readdir(parent).catch(() => []);
    left.push(...names.filter((name) => name.includes(runId)).map((name) => join(parent, name)));
  }
  return left;
}

/** Looks until nothing is left of the run or the limit (milliseconds) is over; answers with what is left. */
export async function waitUntilGone(runId: string, limitMs: number): Promise<string[]> {
  const deadline = performance.now() + limitMs;
  let left = await leftOf(runId);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20);
    left = await leftOf(runId);
  }
  return left;
}
