import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { raceAbort } from '../kit/service/race-abort.ts';

/** The cores of a measurement, in the format of `taskset -c`. */
export interface Cores {
  /** For the measured process. */
  subject: string;
  /** For everything else: upstream, load generator, stores. */
  rest: string;
}

export interface StartOptions {
  name: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Cores to run on; absent means all. */
  cores?: string;
  /** Matches the line of output that reports readiness. Its first group is returned. */
  ready: RegExp;
}

export interface Running {
  readonly pid: number;
  /** First group of the `ready` pattern. */
  readonly captured: string;
}

/** Maximum wait for a program to become ready, milliseconds. */
const readyLimitMs = 20_000;
/** Maximum time for a program to exit after SIGTERM, milliseconds. */
const endLimitMs = 3_000;

/** Passes only `PATH` of this process' environment, so that all machines measure the same. */
function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, NODE_ENV: 'production', ...extra };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
  await ended;
  clearTimeout(timer);
}

/** The programs of a measurement. Disposing stops them, the last started first. */
export class Processes implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly #taskset: string | undefined;

  constructor(taskset: string | undefined) {
    this.#taskset = taskset;
  }

  /** Starts a program and waits until it is ready. @throws Error with its last lines when it exits first */
  async start(options: StartOptions, signal: AbortSignal): Promise<Running> {
    const child = this.#spawn(options);
    const lines: string[] = [];
    const ready = new Promise<string>((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`${options.name} ${why}${lines.length ? `: ${lines.slice(-5).join('\n')}` : ''}`));
      setTimeout(() => fail(`was not ready in ${readyLimitMs} ms`), readyLimitMs).unref();
      child.once('error', reject);
      child.once('exit', (code) => fail(`exited with ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface(stream).on('line', (line) => {
          if (lines.length < 50) lines.push(line);
          const match = options.ready.exec(line);
          if (match !== null) resolve(match[1] ?? '');
        });
      }
    });
    return { pid: child.pid as number, captured: await raceAbort(ready, signal) };
  }

  /** Runs a program until it exits and returns its output. @throws Error when it fails */
  async run(
    options: Omit<StartOptions, 'ready'> & { started?: (pid: number) => void },
    signal: AbortSignal,
  ): Promise<string> {
    signal.throwIfAborted();
    const child = this.#spawn(options);
    let output = '';
    let errors = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    const stop = () => child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (child.pid !== undefined) options.started?.(child.pid);
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      signal.throwIfAborted();
      if (code !== 0)
        throw new Error(`${options.name} exited with ${code}: ${(errors || output).slice(-500)}`);
      return output;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) await end(child);
  }

  #spawn({ command, args, env, cores }: Omit<StartOptions, 'ready'>): ChildProcess {
    const pinned = cores !== undefined && this.#taskset !== undefined;
    const child = spawn(
      pinned ? (this.#taskset as string) : command,
      pinned ? ['-c', cores, command, ...args] : args,
      { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#children.push(child);
    return child;
  }
}

/** Returns a port that is free now, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
