import { type ExitCode, exitCode } from '../errors/exit-code.ts';

/** How a run was told to stop. */
export class Interruption extends Error {
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'the end of npm';

  constructor(by: Interruption['by']) {
    super(`Interrupted by ${by}.`);
    this.name = 'Interruption';
    this.by = by;
  }

  get exitCode(): ExitCode {
    return this.by === 'SIGINT' ? exitCode.interrupted : exitCode.terminated;
  }
}

/** npm forwards one Ctrl-C that the terminal has already delivered; two within this time are one, milliseconds. */
const duplicateMs = 1_000;

/** How often to look whether npm still lives, milliseconds. */
const parentCheckMs = 250;

/**
 * A signal that aborts with an `Interruption` at the first SIGINT, SIGTERM or SIGHUP. The second one ends
 * the process at once: the reaper then clears up. With `watchParent` the end of the parent process counts
 * too, since a killed npm cannot pass its fate on.
 */
export function watchForInterruption(options: {
  watchParent: boolean;
}): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  let firstAt = Number.NEGATIVE_INFINITY;
  const interrupt = (by: Interruption['by']): void => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort(new Interruption(by));
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
        if (process.ppid !== parent) interrupt('the end of npm');
      }, parentCheckMs).unref()
    : undefined;
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
