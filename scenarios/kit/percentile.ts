/**
 * The nearest-rank percentile of samples in milliseconds, rounded to a hundredth.
 * @throws RangeError without samples: no samples must not look fast.
 */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new RangeError('A percentile needs at least one sample.');
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return Math.round((sorted[rank - 1] as number) * 100) / 100;
}

/** Milliseconds that each of `count` sequential runs of `work` takes. */
export async function durations(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    const startedAt = performance.now();
    await work();
    samples.push(performance.now() - startedAt);
  }
  return samples;
}
