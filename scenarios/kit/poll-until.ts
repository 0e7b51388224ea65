import { setTimeout as pause } from 'node:timers/promises';
import type { CheckContext } from '../../harness/engine/index.ts';

/** Time between two observations, milliseconds. */
const intervalMs = 100;
/** Default time to poll, milliseconds. Some services poll for work only every five seconds. */
const defaultLimitMs = 15_000;

/** How long and how a check waits. */
export type Waiting = Pick<CheckContext, 'signal' | 'patience'>;

/**
 * Observes repeatedly until the observation meets the condition, for at most `limitMs` milliseconds times the patience
 * of the run.
 * @returns the last observation
 */
export async function pollUntil<Seen>(
  observe: () => Promise<Seen>,
  isDone: (seen: Seen) => boolean,
  { signal, patience }: Waiting,
  limitMs = defaultLimitMs,
): Promise<Seen> {
  const end = performance.now() + limitMs * patience;
  for (;;) {
    const seen = await observe();
    if (isDone(seen) || performance.now() > end) return seen;
    await pause(intervalMs, undefined, { signal });
  }
}
