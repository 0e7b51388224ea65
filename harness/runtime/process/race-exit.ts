import type { ManagedProcess, ProcessExit } from './managed-process.ts';

/**
 * Settles with `work`, whose signal aborts with the given one and at the end of the race.
 * @throws the error from `onExit` as soon as the process exits.
 */
export async function raceExit<T>(options: {
  process: Pick<ManagedProcess, 'exited'>;
  signal: AbortSignal;
  work(signal: AbortSignal): Promise<T>;
  onExit(exit: ProcessExit): Error | Promise<Error>;
}): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      options.work(AbortSignal.any([options.signal, ended.signal])),
      options.process.exited.then(async (exit): Promise<never> => {
        throw await options.onExit(exit);
      }),
    ]);
  } finally {
    ended.abort();
  }
}
