/** Wait before the second attempt, milliseconds. */
export const firstRetryDelayMs = 1_000;
/** Longest wait between two attempts, milliseconds. */
export const longestRetryDelayMs = 30_000;

/**
 * Milliseconds to wait after the given number of failed attempts (1 or more): doubling, up to the longest. What the
 * other side asked for (`Retry-After`) counts when it is longer, up to the longest as well.
 */
export function retryDelayMs(failedAttempts: number, askedMs = 0): number {
  const doubled = firstRetryDelayMs * 2 ** Math.min(failedAttempts - 1, 30);
  return Math.min(Math.max(doubled, askedMs), longestRetryDelayMs);
}
