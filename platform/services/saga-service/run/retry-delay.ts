/** Wait before the second attempt of a step, milliseconds. */
export const firstRetryDelayMs = 500;
/** Longest wait between two attempts, milliseconds. */
export const longestRetryDelayMs = 30_000;

/** Milliseconds to wait after the given number of failed attempts (1 or more): doubling, up to the longest. */
export function retryDelayMs(failedAttempts: number): number {
  return Math.min(firstRetryDelayMs * 2 ** Math.min(failedAttempts - 1, 30), longestRetryDelayMs);
}
