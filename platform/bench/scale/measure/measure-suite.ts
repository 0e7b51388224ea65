import type { ScaleBench, Suite } from '../suite.ts';
import { measureRow, type SizeResult } from './measure-row.ts';

/** A row with its figures at every size. */
export interface RowResult {
  id: string;
  sizes: SizeResult[];
}

export interface SuiteOptions {
  sizes: readonly number[];
  rounds: number;
  /** Ids of the rows to measure. */
  rows: readonly string[];
  /** Called after each row at each size. @param results everything measured so far */
  measured(row: string, result: SizeResult, results: readonly RowResult[]): Promise<void>;
}

/** Measures the rows of a suite at each size, the smallest first. */
export async function measureSuite<Filled>(
  suite: Suite<Filled>,
  bench: ScaleBench,
  options: SuiteOptions,
): Promise<RowResult[]> {
  await using open = await suite.open(bench);
  const chosen = suite.rows.filter(({ id }) => options.rows.includes(id));
  const results = chosen.map(({ id }): RowResult => ({ id, sizes: [] }));
  for (const size of [...options.sizes].sort((a, b) => a - b)) {
    bench.progress(`${suite.id}: filling ${size.toLocaleString('en')} ${suite.sizeUnit} …`);
    const filled = await open.fill(size);
    for (const [index, row] of chosen.entries()) {
      bench.signal.throwIfAborted();
      const result = await measureRow({
        row,
        filled,
        size,
        rounds: options.rounds,
        settled: open.settled?.bind(open),
        signal: bench.signal,
      });
      results[index]?.sizes.push(result);
      await options.measured(row.id, result, results);
    }
  }
  return results;
}
