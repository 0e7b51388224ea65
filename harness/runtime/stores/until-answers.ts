import { setTimeout as delay } from 'node:timers/promises';
import { NodeFailure } from '../boot/node-failure.ts';
import { describeExit, type ManagedProcess, type ProcessExit } from '../process/managed-process.ts';

/** From one question to the next, milliseconds. */
const pauseMs = 5;

export interface StartingStore<T> {
  server: ManagedProcess;
  /** What messages call it, e.g. `Redis`. */
  name: string;
  signal: AbortSignal;
  /** Asks the server once; throws, with what is to be told about it, while there is no answer. */
  ask(signal: AbortSignal): Promise<T>;
  probed(answer: string): void;
  /** A better word for some ways to exit than that it did. */
  explainExit?(exit: ProcessExit): Error | undefined;
}

/**
 * Asks a store's server again and again until it answers.
 * @throws NodeFailure (the harness's) as soon as the server has exited; the signal's reason when that aborts.
 */
export async function untilAnswers<T>(store: StartingStore<T>): Promise<T> {
  const stopWaiting = new AbortController();
  const exited = async (): Promise<never> => {
    const exit = await store.server.exited;
    const failure = `${store.name} ${describeExit(exit)} before it was ready`;
    throw store.explainExit?.(exit) ?? new NodeFailure('exited', 'harness', failure);
  };
  try {
    return await Promise.race([
      askAgainAndAgain(store, AbortSignal.any([store.signal, stopWaiting.signal])),
      exited(),
    ]);
  } finally {
    stopWaiting.abort();
  }
}

async function askAgainAndAgain<T>({ ask, probed }: StartingStore<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ask(signal);
    } catch (error) {
      probed(error instanceof Error ? error.message : String(error));
    }
    await delay(pauseMs, undefined, { signal });
  }
}
