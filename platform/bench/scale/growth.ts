/** A figure at a size. */
export interface Point {
  size: number;
  value: number;
}

/**
 * How a figure grows: the ratio of the figures at the largest and the smallest size, divided by the ratio of the sizes.
 * 1 is linear, below 1 is less, and for a figure that does not grow it is smallest ÷ largest size.
 * @returns undefined with fewer than two sizes, or when the first figure is 0
 */
export function growthFactor(points: readonly Point[]): number | undefined {
  const sorted = [...points].sort((a, b) => a.size - b.size);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || first.size === last.size || first.value === 0)
    return undefined;
  return last.value / first.value / (last.size / first.size);
}
