import { z } from 'zod';
import { ConditionResult, Verdict } from '../judge/result.ts';
import { Ratio } from '../plan/criterion.ts';
import { CategoryId } from '../plan/outcome.ts';

/** One row of the weighted table. */
export const WeightedRow = z.object({
  id: CategoryId,
  title: z.string(),
  /** Percent of the whole. */
  weight: z.int(),
  score: Ratio,
  /** The score as text: `12.5 %`, or `1 of 9 = 11.1 %`. */
  scoreText: z.string(),
  /** Weight times score, rounded to two decimals: `3.75 %`. */
  weightedText: z.string(),
});
export type WeightedRow = z.infer<typeof WeightedRow>;

export const WeightedTotal = z.object({
  rows: z.array(WeightedRow),
  /** Exact, for decisions and comparisons. */
  total: Ratio,
  /** Rounded to two decimals, as in the assessment: `28.65 %`. */
  totalText: z.string(),
  /** `20 × 95 % + 30 × 12.5 % + … = 28.65 %`. */
  arithmetic: z.string(),
});
export type WeightedTotal = z.infer<typeof WeightedTotal>;

/** A quotation from the assessment. */
export const Statement = z.object({ place: z.string(), quote: z.string() });
export type Statement = z.infer<typeof Statement>;

export const Contradiction = z.object({
  rule: z.enum([
    'headline-differs-from-table',
    'weighted-score-differs',
    'same-fact-different-values',
    'share-differs-from-own-rows',
    'count-of-other-rows',
    'figure-without-derivation',
    'value-of-something-never-measured',
    'good-mark-beside-open-findings',
  ]),
  title: z.string(),
  /** The statements that cannot all be true, at least two. */
  statements: z.array(Statement).min(2),
  /** Why they contradict each other, with the numbers. */
  arithmetic: z.string(),
});
export type Contradiction = z.infer<typeof Contradiction>;

export const AssessedConditionResult = ConditionResult.omit({ missing: true }).extend({
  place: z.string(),
  /** The current value that the assessment states. */
  current: z.string(),
});
export type AssessedConditionResult = z.infer<typeof AssessedConditionResult>;

/** The judgement of an assessment by its own figures. */
export const AssessmentResult = z.object({
  schema: z.literal('readiness.assessment-result/1'),
  title: z.string(),
  date: z.string(),
  source: z.string(),
  verdict: Verdict,
  /** The total of the stated scores. */
  stated: WeightedTotal,
  /** The total with every score counted again from the assessment's own rows, where possible. */
  recounted: WeightedTotal,
  conditions: z.array(AssessedConditionResult),
  contradictions: z.array(Contradiction),
});
export type AssessmentResult = z.infer<typeof AssessmentResult>;
