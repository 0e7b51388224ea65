export interface Backoff {
  /** Delay after the first failure, milliseconds. */
  firstMs: number;
  /** Maximum delay, milliseconds. */
  maxMs: number;
  /** Share of the delay, 0 to 1, by which it varies at random, to keep clients from retrying in step. Default 0. */
  jitter?: number;
}

/**
 * Milliseconds to wait before the next attempt: exponential backoff, doubled with each failure up to `maxMs`.
 * @param failures failed attempts in a row, 1 or more
 * @param atLeastMs minimum delay that the peer asked for (`Retry-After`), milliseconds; limited by `maxMs`
 * @param random from 0 (inclusive) to 1 (exclusive)
 */
export function backoffMs(
  { firstMs, maxMs, jitter = 0 }: Backoff,
  failures: number,
  { atLeastMs = 0, random = Math.random }: { atLeastMs?: number; random?: () => number } = {},
): number {
  const doubled = firstMs * 2 ** Math.min(failures - 1, 30);
  const delay = Math.min(Math.max(doubled, atLeastMs), maxMs);
  return Math.round(delay * (1 + jitter * (2 * random() - 1)));
}
