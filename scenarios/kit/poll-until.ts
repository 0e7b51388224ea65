import { setTimeout as pause } from 'node:timers/promises';

/** Time between two observations, milliseconds. */
const intervalMs = 100;
/** Default time to poll, milliseconds. Some services poll for work only every five seconds. */
const defaultLimitMs = 15_000;

/**
 * Observes repeatedly until the observation meets the condition, for at most `limitMs` milliseconds.
 * @returns the last observation
 */
export async function pollUntil<Seen>(
  observe: () => Promise<Seen>,
  isDone: (seen: Seen) => boolean,
  signal: AbortSignal,
  limitMs = defaultLimitMs,
): Promise<Seen> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await observe();
    if (isDone(seen) || performance.now() > end) return seen;
    await pause(intervalMs, undefined, { signal });
  }
}
