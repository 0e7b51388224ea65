import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runIdVariable } from '../../runtime/reaper/reaper.ts';

const main = resolve(import.meta.dirname, '../main.ts');

/** The real command line in its own process, with its own folder of runs. */
export interface SpawnedHarness extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly runsDir: string;
  /** All output so far, of both streams. */
  output(): string;
  /** Resolves when the output matches; rejects if the process ends first. */
  prints(pattern: RegExp): Promise<void>;
  /** The exit code, or the name of the signal. */
  ended(): Promise<number | NodeJS.Signals | null>;
  /** The only run folder. */
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
      for (const test of watchers) test();
    });
  }
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    child,
    runsDir,
    output: () => output,
    async prints(pattern) {
      const { promise, resolve: done, reject } = Promise.withResolvers<void>();
      const test = (): void => {
        if (pattern.test(output)) done();
      };
      watchers.add(test);
      test();
      void exit.then(() => reject(new Error(`The harness ended without printing ${pattern}:\n${output}`)));
      await promise.finally(() => watchers.delete(test));
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

/** Processes (by command line) and temporary folders that still belong to a run. */
async function leftoversOf(runId: string): Promise<string[]> {
  const left: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (environment.split('\0').includes(`${runIdVariable}=${runId}`) || command.includes(runId)) {
      left.push(`process ${pid}: ${command}`);
    }
  }
  for (const parent of ['/dev/shm', tmpdir()]) {
    const names = await readdir(parent).catch(() => []);
    left.push(...names.filter((name) => name.includes(runId)).map((name) => join(parent, name)));
  }
  return left;
}

/** Polls until nothing of the run is left or the limit (milliseconds) has passed. @returns what is left */
export async function waitUntilGone(runId: string, limitMs: number): Promise<string[]> {
  const deadline = performance.now() + limitMs;
  let left = await leftoversOf(runId);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20);
    left = await leftoversOf(runId);
  }
  return left;
}
