import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeLog } from '../logs/node-log.ts';
import type { Reaper } from '../reaper/reaper.ts';

export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** The whole environment; nothing is inherited. */
  env?: Readonly<Record<string, string>>;
  cwd: string;
  /** User and group to run as; default those of the harness. */
  owner?: { uid: number; gid: number } | undefined;
  log: NodeLog;
  reaper: Pick<Reaper, 'trackProcess' | 'forgetProcess'>;
  /** Signal that lets the process clean up, for the reaper; default SIGKILL at once. */
  reaperSignal?: NodeJS.Signals;
  /** File descriptor to read as standard input; default none. */
  input?: number;
  /** File descriptor handed over as the process's descriptor 3. */
  socket?: number | undefined;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set when the process could not even be started. */
  error?: Error;
}

/** A child process in a session of its own, its output logged, registered with the reaper. */
export class ManagedProcess {
  readonly #child: ChildProcess;
  /** What makes the process end and clean up after itself. */
  readonly stopSignal: NodeJS.Signals;
  /** Resolves when the process has ended and all it wrote is in its log; never rejects. */
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
      // A session of its own: Ctrl-C is for the harness, which stops things in order.
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
      const finish = (exit: ProcessExit): void => {
        if (this.#exit) return;
        this.#exit = exit;
        log.end('stdout');
        log.end('stderr');
        if (child.pid !== undefined) options.reaper.forgetProcess(child.pid);
        resolve(exit);
      };
      child.once('error', (error) => {
        if (child.pid === undefined) finish({ code: null, signal: null, error });
      });
      // `close` comes when the output has ended too; a grandchild that keeps it open must not hide the exit.
      child.once('close', (code, signal) => finish({ code, signal }));
      child.once('exit', (code, signal) => setTimeout(() => finish({ code, signal }), 250));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How the process ended; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
  }

  /** Asks with `signal`, insists with SIGKILL after `graceMs`, and returns when the process has ended. */
  async stop(options: { signal: NodeJS.Signals; graceMs: number }): Promise<ProcessExit> {
    if (this.#exit) return this.#exit;
    this.signal(options.signal);
    // A paused process takes note of nothing but SIGKILL until it goes on.
    this.signal('SIGCONT');
    const grace = new AbortController();
    const insist = delay(options.graceMs, undefined, { signal: grace.signal }).then(
      () => this.#killGroup(),
      () => undefined,
    );
    const exit = await this.exited;
    grace.abort();
    await insist;
    return exit;
  }

  #killGroup(): void {
    this.signal('SIGKILL');
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // The group has gone with its leader.
    }
  }
}

/** `exited with code 78`, `was ended by SIGSEGV`, `could not be started: …`. */
export function describeExit(exit: ProcessExit): string {
  if (exit.error) return `could not be started: ${exit.error.message}`;
  if (exit.signal) return `was ended by ${exit.signal}`;
  return `exited with code ${exit.code}`;
}
