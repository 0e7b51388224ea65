import { z } from 'zod';

/** An exact fraction; scores and thresholds are never floats. */
export const Ratio = z.object({ num: z.int().nonnegative(), den: z.int().positive() });
export type Ratio = z.infer<typeof Ratio>;

/** How one observed value is judged. Data, so that a plan can be frozen, hashed and judged again later. */
export const Criterion = z.discriminatedUnion('op', [
  z.object({ op: z.literal('equals'), value: z.json() }),
  z.object({ op: z.literal('oneOf'), values: z.array(z.json()).min(1) }),
  z.object({ op: z.literal('matches'), pattern: z.string().min(1) }),
  z.object({ op: z.literal('includes'), values: z.array(z.json()).min(1) }),
  /** The observed list must have no element; the elements are what went wrong. */
  z.object({ op: z.literal('empty') }),
  z.object({ op: z.literal('atMost'), value: z.number(), unit: z.string().min(1) }),
  z.object({ op: z.literal('atLeast'), value: z.number(), unit: z.string().min(1) }),
  /**
   * The observed `{failed, total}` must support "the true rate is below `threshold`" with one-sided
   * `confidence` (exact binomial), on at least `minSamples` samples. Source of 59 for 5 % at 95 %:
   * 0.95^59 = 0.0485 (0.95^58 = 0.0510).
   */
  z.object({
    op: z.literal('rateBelow'),
    threshold: Ratio,
    confidence: z.number().min(0.5).max(0.999),
    minSamples: z.int().positive(),
  }),
]);
export type Criterion = z.infer<typeof Criterion>;

/** Samples a `rateBelow` criterion reads. */
export const FailureCount = z.object({ failed: z.int().nonnegative(), total: z.int().nonnegative() });
export type FailureCount = z.infer<typeof FailureCount>;
