import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeLog } from '../logs/node-log.ts';
import type { Reaper } from '../reaper/reaper.ts';

export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** The complete environment; nothing is inherited. */
  env?: Readonly<Record<string, string>>;
  cwd: string;
  /** User and group of the process; default: those of the harness. */
  owner?: { uid: number; gid: number } | undefined;
  log: NodeLog;
  reaper: Pick<Reaper, 'trackProcess' | 'forgetProcess'>;
  /** Signal with which the reaper lets the process clean up; default: SIGKILL at once. */
  reaperSignal?: NodeJS.Signals;
  /** File descriptor of standard input; default: none. */
  input?: number;
  /** File descriptor that the process inherits as descriptor 3. */
  socket?: number | undefined;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** `performance.now()` when the process had exited. */
  atMs: number;
  /** Set when the process could not be started. */
  error?: Error;
}

/** A child process in its own session; its output is logged, and the reaper tracks it. */
export class ManagedProcess {
  readonly #child: ChildProcess;
  /** Signal on which the process cleans up and exits. */
  readonly stopSignal: NodeJS.Signals;
  /** Resolves when the process has exited and its output is in the log; never rejects. */
  readonly exited: Promise<ProcessExit>;
  #exit: ProcessExit | undefined;

  constructor(options: ProcessOptions) {
    const { log } = options;
    this.stopSignal = options.reaperSignal ?? 'SIGTERM';
    const stdio: StdioOptions = [options.input ?? 'ignore', 'pipe', 'pipe'];
    if (options.socket !== undefined) stdio.push(options.socket);
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio,
      // Its own session: Ctrl-C goes to the harness only, which stops the processes in order.
      detached: true,
      ...options.owner,
    });
    this.#child = child;
    if (child.pid !== undefined) {
      options.reaper.trackProcess(
        child.pid,
        options.reaperSignal === undefined ? {} : { stopSignal: options.reaperSignal },
      );
    }
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = child[name];
      stream?.setEncoding('utf8');
      stream?.on('data', (chunk: string) => log.write(name, chunk));
      stream?.on('error', () => {});
    }
    this.exited = new Promise((resolve) => {
      const finish = (ended: Omit<ProcessExit, 'atMs'>): void => {
        if (this.#exit) return;
        const exit = { ...ended, atMs: performance.now() };
        this.#exit = exit;
        log.end('stdout');
        log.end('stderr');
        if (child.pid !== undefined) options.reaper.forgetProcess(child.pid);
        resolve(exit);
      };
      child.once('error', (error) => {
        if (child.pid === undefined) finish({ code: null, signal: null, error });
      });
      // `close` waits for the end of the output; a grandchild that keeps it open must not hide the exit.
      child.once('close', (code, signal) => finish({ code, signal }));
      child.once('exit', (code, signal) => setTimeout(() => finish({ code, signal }), 250));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How the process exited; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
  }

  /** Sends `signal`, after `graceMs` milliseconds SIGKILL, and returns when the process has exited. */
  async stop(options: { signal: NodeJS.Signals; graceMs: number }): Promise<ProcessExit> {
    if (this.#exit) return this.#exit;
    this.signal(options.signal);
    // A suspended process handles no signal but SIGKILL until it continues.
    this.signal('SIGCONT');
    const grace = new AbortController();
    const killed = delay(options.graceMs, undefined, { signal: grace.signal }).then(
      () => this.#killGroup(),
      () => undefined,
    );
    const exit = await this.exited;
    grace.abort();
    await killed;
    return exit;
  }

  #killGroup(): void {
    this.signal('SIGKILL');
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // The group ended with its leader.
    }
  }
}

/** `exited with code 78`, `was ended by SIGSEGV`, `could not be started: …`. */
export function describeExit(exit: Omit<ProcessExit, 'atMs'>): string {
  if (exit.error) return `could not be started: ${exit.error.message}`;
  if (exit.signal) return `was ended by ${exit.signal}`;
  return `exited with code ${exit.code}`;
}
