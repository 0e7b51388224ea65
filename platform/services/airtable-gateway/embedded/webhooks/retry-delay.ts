/** Pause after the first failed ping, milliseconds. */
const firstDelayMs = 10_000;
const longestDelayMs = 3_600_000;
/** Share of a pause by which it may be shorter or longer, so that what failed together is not tried together. */
const spread = 0.1;

/**
 * The pause before a failed ping is tried again, milliseconds: 10 seconds, doubled with every further failure up to
 * an hour, a tenth more or less.
 * @param failures failed pings in a row, at least 1
 * @param random from 0 (inclusive) to 1 (exclusive)
 */
export function retryDelayMs(failures: number, random: () => number = Math.random): number {
  const delay = Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
  return Math.round(delay * (1 + spread * (2 * random() - 1)));
}
