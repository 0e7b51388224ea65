import { type ExitCode, exitCode } from '../errors/exit-code.ts';

/** Why a run was stopped. */
export class Interruption extends Error {
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'the exit of npm';

  constructor(by: Interruption['by']) {
    super(`Interrupted by ${by}.`);
    this.name = 'Interruption';
    this.by = by;
  }

  get exitCode(): ExitCode {
    return this.by === 'SIGINT' ? exitCode.interrupted : exitCode.terminated;
  }
}

export interface InterruptionWatch extends Disposable {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Undefined until then. */
  readonly interruption: Interruption | undefined;
}

/** npm repeats a Ctrl-C that the terminal has already delivered. Two within this time count as one, milliseconds. */
const duplicateMs = 1_000;

/** Interval of the check whether npm is still running, milliseconds. */
const parentCheckMs = 250;

/**
 * Watches for SIGINT, SIGTERM and SIGHUP. A second signal ends the process at once; the reaper then cleans up.
 * With `watchParent` the exit of the parent process counts too, because a killed npm forwards no signal.
 */
export function watchForInterruption(options: { watchParent: boolean }): InterruptionWatch {
  const controller = new AbortController();
  let interruption: Interruption | undefined;
  let firstAt = Number.NEGATIVE_INFINITY;
  const interrupt = (by: Interruption['by']): void => {
    if (!interruption) {
      firstAt = performance.now();
      interruption = new Interruption(by);
      controller.abort(interruption);
    } else if (performance.now() - firstAt > duplicateMs) {
      process.exit(new Interruption(by).exitCode);
    }
  };
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const listener = (): void => interrupt(name);
    process.on(name, listener);
    return [name, listener] as const;
  });
  const parent = process.ppid;
  const timer = options.watchParent
    ? setInterval(() => {
        if (process.ppid !== parent) interrupt('the exit of npm');
      }, parentCheckMs).unref()
    : undefined;
  return {
    signal: controller.signal,
    get interruption() {
      return interruption;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
