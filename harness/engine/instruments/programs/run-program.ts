import { spawn } from 'node:child_process';
import { basename } from 'node:path';

export interface ProgramRun {
  /** Exit code; null when a signal ended the program. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Maximum length kept of each stream, characters; the beginning is cut off. */
const maxOutputLength = 1_000_000;

/**
 * Runs a program until it exits. The reaper tracks its process, and an abort kills it.
 * @throws the signal's reason, or the system's error when the program does not start.
 */
export async function runProgram(options: {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Standard input; default empty. */
  input?: string;
  signal: AbortSignal;
  trackProcess(pid: number): void;
  /** Has the name of the program until it exits. */
  running?: Set<string>;
}): Promise<ProgramRun> {
  const { signal } = options;
  signal.throwIfAborted();
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  if (child.pid !== undefined) options.trackProcess(child.pid);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-maxOutputLength);
    });
  }
  // A program that does not read its input may exit before all of it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const { promise: exited, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  child.on('error', (error) => {
    // An abort emits an error too; the killed process still closes.
    if (child.pid === undefined) reject(error);
  });
  const name = basename(options.command);
  options.running?.add(name);
  const code = await exited.finally(() => options.running?.delete(name));
  signal.throwIfAborted();
  return { code, ...output };
}
