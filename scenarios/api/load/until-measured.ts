import { type LoadResult, rejectSaturated } from '../../../harness/engine/index.ts';

/** How often a load is sent when other work on the machine made it too slow to say anything. */
const attempts = 3;

/**
 * Measures times again while they are too long and the generator was saturated, which is not the platform's doing. A
 * platform that is slow on its own is so in the first attempt.
 * @throws GeneratorSaturated after the last attempt
 */
export async function untilMeasured<T>(
  measure: () => Promise<{
    observed: T;
    results: readonly LoadResult[];
    /** Whether all times are within their limits; then they are proven, whoever was late. */
    inTime: boolean;
  }>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { observed, results, inTime } = await measure();
    if (inTime || results.every(({ generator }) => generator.saturated === undefined)) return observed;
    if (attempt === attempts) rejectSaturated(results);
  }
}
