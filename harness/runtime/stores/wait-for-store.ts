import { setTimeout as delay } from 'node:timers/promises';
import { NodeFailure } from '../boot/node-failure.ts';
import { describeExit, type ManagedProcess, type ProcessExit } from '../process/managed-process.ts';
import { raceExit } from '../process/race-exit.ts';

/** Pause between two queries, milliseconds. */
const pauseMs = 5;

export interface StartingStore<T> {
  server: Pick<ManagedProcess, 'exited'>;
  /** Name in messages, e.g. `Redis`. */
  name: string;
  signal: AbortSignal;
  /** Queries the server once. Throws while it is not ready; the message becomes the observation of the probe. */
  query(signal: AbortSignal): Promise<T>;
  probed(observation: string): void;
  /** A more helpful error for certain exits. */
  explainExit?(exit: ProcessExit): Error | undefined;
}

/**
 * Queries the server of a store until it responds, and returns the response.
 * @throws NodeFailure (the harness's) as soon as the server exits; the signal's reason when that aborts.
 */
export async function waitForStore<T>(store: StartingStore<T>): Promise<T> {
  return await raceExit({
    process: store.server,
    signal: store.signal,
    work: (signal) => queryUntilReady(store, signal),
    onExit: (exit) =>
      store.explainExit?.(exit) ??
      new NodeFailure('exited', 'harness', `${store.name} ${describeExit(exit)} before it was ready`),
  });
}

async function queryUntilReady<T>({ query, probed }: StartingStore<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await query(signal);
    } catch (error) {
      probed(error instanceof Error ? error.message : String(error));
    }
    await delay(pauseMs, undefined, { signal });
  }
}
