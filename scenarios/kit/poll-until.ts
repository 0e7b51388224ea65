import { setTimeout as pause } from 'node:timers/promises';

/** Time between two looks, milliseconds. */
const pauseMs = 100;
/** Longest time to look, milliseconds; some services look for work only every five seconds. */
const limitMs = 15_000;

/**
 * Looks again and again until what is seen is as wanted, or for 15 s.
 * @returns what was seen last
 */
export async function lookUntil<Seen>(
  look: () => Promise<Seen>,
  isWanted: (seen: Seen) => boolean,
  signal: AbortSignal,
): Promise<Seen> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (isWanted(seen) || performance.now() > end) return seen;
    await pause(pauseMs, undefined, { signal });
  }
}
