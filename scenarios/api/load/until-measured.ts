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
    /** Whether the times prove something even if the generator was late: all are within their limits, or far above. */
    decided: boolean;
  }>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { observed, results, decided } = await measure();
    if (decided || results.every(({ generator }) => generator.saturated === undefined)) return observed;
    if (attempt === attempts) rejectSaturated(results);
  }
}
