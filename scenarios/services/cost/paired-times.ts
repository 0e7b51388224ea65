/** Times of the same request for few and for many rows, from rounds of which each measures both. All in milliseconds. */
export interface Round {
  few: number;
  /** The same as `few`, measured after `many`: how much two equal measurements differ. */
  fewAgain: number;
  many: number;
}

export interface Growth {
  /** How many times as long the request takes with many rows: the median over all rounds. */
  ratio: number;
  /** How many times as long the slower of two equal requests takes: the median over all rounds. */
  noise: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Compares within each round, so that load which changes slowly concerns both sides. A round whose two equal
 * measurements differ says little, so `noise` tells whether the ratio can be trusted.
 * @param rounds at least one
 */
export function growthOf(rounds: readonly Round[]): Growth {
  return {
    ratio: median(rounds.map(({ few, fewAgain, many }) => many / ((few + fewAgain) / 2))),
    noise: median(rounds.map(({ few, fewAgain }) => Math.max(few, fewAgain) / Math.min(few, fewAgain))),
  };
}
