import { z } from 'zod';
import { JsonValue } from './json-value.ts';

/** An exact fraction. Scores and thresholds are never floats. */
export const Ratio = z.object({ num: z.int().nonnegative(), den: z.int().positive() });
export type Ratio = z.infer<typeof Ratio>;

/**
 * What the value describes. Default: the product. `measurement`: the work of the harness's own instrument. A value
 * that does not meet its criterion then means that the check is unmeasured, and says nothing about the product.
 */
const of = z.literal('measurement').optional();

/** How one observed value is judged. It is data, so a plan can be frozen, hashed and judged again. */
export const Criterion = z.discriminatedUnion('op', [
  z.object({ op: z.literal('equals'), value: JsonValue }),
  z.object({ op: z.literal('oneOf'), values: z.array(JsonValue).min(1) }),
  z.object({ op: z.literal('matches'), pattern: z.string().min(1) }),
  z.object({ op: z.literal('includes'), values: z.array(JsonValue).min(1) }),
  /** The observed list must be empty. Its elements are the violations. */
  z.object({ op: z.literal('empty') }),
  z.object({ op: z.literal('atMost'), value: z.number(), unit: z.string().min(1), of }),
  z.object({ op: z.literal('atLeast'), value: z.number(), unit: z.string().min(1), of }),
  /**
   * The observed `{failed, total}` must show that the true rate is below `threshold`: one-sided exact
   * binomial test at `confidence`, on at least `minSamples` samples. 5 % at 95 % needs 59 samples without a
   * failure: 0.95^59 = 0.0485, 0.95^58 = 0.0510.
   */
  z.object({
    op: z.literal('rateBelow'),
    threshold: Ratio,
    confidence: z.number().min(0.5).max(0.999),
    minSamples: z.int().positive(),
  }),
]);
export type Criterion = z.infer<typeof Criterion>;

/** The observed value of a `rateBelow` criterion. */
export const FailureCount = z.object({ failed: z.int().nonnegative(), total: z.int().nonnegative() });
export type FailureCount = z.infer<typeof FailureCount>;
