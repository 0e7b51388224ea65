import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitAtMost } from '../../async/time-limit.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { processStartTime } from '../process/process-table.ts';
import type { EngineObjects } from './remove-labelled.mjs';

/** Ends what the harness started, even if the harness is killed. */
export interface Reaper extends AsyncDisposable {
  /** The reaper's own process. */
  readonly pid: number;
  /**
   * The process and all its child processes end with the run. `stopSignal` is for processes that have to clean up:
   * it is sent first, and SIGKILL follows 300 ms later.
   */
  trackProcess(pid: number, options?: { stopSignal?: NodeJS.Signals }): void;
  /** The process has exited; the system may reuse its number. */
  forgetProcess(pid: number): void;
  /** The folder is removed with the run; it need not exist yet. */
  trackFolder(path: string): void;
  /** Containers, networks and volumes with the label are removed with the run; they need not exist yet. */
  trackContainers(objects: EngineObjects): void;
}

/** Environment variable of every process of a run, by which the reaper finds unregistered ones. */
export const runIdVariable = 'PYAIRTABLE_READINESS_RUN';

const program = fileURLToPath(new URL('./reaper-process.mjs', import.meta.url));
/** Maximum wait for the reaper, milliseconds; it gives up by itself after 10 s. */
const disposeLimitMs = 10_500;

/**
 * Starts the run's reaper; call it before starting anything else. When the harness ends, for any reason, every
 * registered process and folder is removed within two seconds. Disposing does the same and waits for it.
 */
export function startReaper(options: { runId: string }): Reaper {
  // Its own session: neither Ctrl-C nor the end of the terminal reaches it.
  const child = spawn(process.execPath, [program, options.runId], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its environment must not contain the run's marker; the path is for `ipcrm`.
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    cwd: '/',
  });
  const { stdin } = child;
  const exited = once(child, 'exit').catch(() => undefined);
  // If the reaper ends early, its pipe breaks; that must not end the harness.
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
  const send = (message: object): void => {
    if (stdin.writable) stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    pid: child.pid,
    trackProcess(pid, { stopSignal } = {}) {
      send({ type: 'process', pid, startTime: processStartTime(pid), stopSignal });
    },
    forgetProcess(pid) {
      send({ type: 'forget', pid });
    },
    trackFolder(path) {
      send({ type: 'folder', path });
    },
    trackContainers(objects) {
      send({ type: 'engine', ...objects });
    },
    async [Symbol.asyncDispose]() {
      send({ type: 'end' });
      stdin.end();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      await waitAtMost(disposeLimitMs, exited);
    },
  };
}
