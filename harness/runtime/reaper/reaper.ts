import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { processStartTime } from '../process/process-table.ts';

/** Ends what the harness started, should the harness itself go without doing so. */
export interface Reaper extends AsyncDisposable {
  /** The reaper's own process. */
  readonly pid: number;
  /**
   * The process, and all it starts, ends with the run. `stopSignal` is sent first where SIGKILL alone would leave
   * something behind; SIGKILL follows 300 ms later.
   */
  trackProcess(pid: number, options?: { stopSignal?: NodeJS.Signals }): void;
  /** The process has ended; its number may soon belong to another. */
  forgetProcess(pid: number): void;
  /** The folder is removed with the run, whether it exists already or not. */
  trackFolder(path: string): void;
}

/** Variable in the environment of every process of a run, by which the reaper knows those nobody registered. */
export const runMark = 'PYAIRTABLE_READINESS_RUN';

const program = fileURLToPath(new URL('./reaper-process.mjs', import.meta.url));
/** The reaper gives up after 10 s by itself; milliseconds. */
const disposeLimitMs = 10_500;

/**
 * Starts the run's reaper; do this before anything else is started. When the harness ends, in whatever way, every
 * registered process and folder goes within two seconds. Disposing does the same at once and waits for it.
 */
export function startReaper(options: { runId: string }): Reaper {
  // A session of its own: neither Ctrl-C nor the end of the terminal reaches it.
  const child = spawn(process.execPath, [program, options.runId], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its environment must not carry the run's mark; the path is for `ipcrm`.
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    cwd: '/',
  });
  const { stdin } = child;
  const gone = once(child, 'exit').catch(() => undefined);
  // Whatever ends the reaper early also ends its pipe; the harness must not fall over that.
  stdin.on('error', () => {});
  child.on('error', () => {});
  if (child.pid === undefined) {
    throw new ReadinessError(
      'reaper-unavailable',
      'The process that cleans up after a run could not be started.',
    );
  }
  child.unref();
  (stdin as typeof stdin & { unref?(): void }).unref?.();
  const say = (message: object): void => {
    if (stdin.writable) stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    pid: child.pid,
    trackProcess(pid, { stopSignal } = {}) {
      say({ type: 'process', pid, startTime: processStartTime(pid), stopSignal });
    },
    forgetProcess(pid) {
      say({ type: 'forget', pid });
    },
    trackFolder(path) {
      say({ type: 'folder', path });
    },
    async [Symbol.asyncDispose]() {
      stdin.end();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const limit = new AbortController();
      await Promise.race([
        gone,
        delay(disposeLimitMs, undefined, { signal: limit.signal }).catch(() => undefined),
      ]);
      limit.abort();
    },
  };
}
