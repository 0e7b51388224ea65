import { spawn } from 'node:child_process';

export interface ProgramRun {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Most characters kept of each stream; the end of what was written. */
const keptCharacters = 1_000_000;

/**
 * Runs a program to its end. Its process is known to the reaper, and is killed when the signal aborts.
 * @throws the signal's reason, or the system's error when the program cannot be started.
 */
export async function runProgram(options: {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input; without it there is none. */
  input?: string;
  signal: AbortSignal;
  trackProcess(pid: number): void;
}): Promise<ProgramRun> {
  options.signal.throwIfAborted();
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) options.trackProcess(child.pid);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] = (texts[name] + text).slice(-keptCharacters);
    });
  }
  // A program that does not read its input may end before all of it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const onAbort = (): void => {
    child.kill('SIGKILL');
  };
  options.signal.addEventListener('abort', onAbort, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  try {
    const code = await promise;
    options.signal.throwIfAborted();
    return { code, ...texts };
  } finally {
    options.signal.removeEventListener('abort', onAbort);
  }
}
