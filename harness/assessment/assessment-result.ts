import { z } from 'zod';
import { ConditionResult, Verdict } from '../judge/result.ts';
import { Ratio } from '../plan/criterion.ts';
import { CategoryId } from '../plan/outcome.ts';

/** One line of the weighted table. */
export const WeightedRow = z.object({
  id: CategoryId,
  title: z.string(),
  /** Percent of the whole. */
  weight: z.int(),
  score: Ratio,
  /** The score as people read it: `12.5 %`, or `1 of 9 = 11.1 %`. */
  scoreInWords: z.string(),
  /** Weight times score, rounded to two decimals: `3.75 %`. */
  weightedInWords: z.string(),
});
export type WeightedRow = z.infer<typeof WeightedRow>;

export const WeightedTotal = z.object({
  rows: z.array(WeightedRow),
  /** Exact; decisions and comparisons use this. */
  total: Ratio,
  /** Rounded to two decimals, as the document gives its own: `28.65 %`. */
  totalInWords: z.string(),
  /** `20 × 95 % + 30 × 12.5 % + … = 28.65 %`. */
  arithmetic: z.string(),
});
export type WeightedTotal = z.infer<typeof WeightedTotal>;

/** A statement as it stands in the document. */
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
  /** The statements that cannot all be true, each with its place; at least two. */
  statements: z.array(Statement).min(2),
  /** Why they cannot, with the numbers. */
  arithmetic: z.string(),
});
export type Contradiction = z.infer<typeof Contradiction>;

export const AssessedConditionResult = ConditionResult.omit({ missing: true }).extend({
  place: z.string(),
  /** What the document gives as the current value. */
  current: z.string(),
});
export type AssessedConditionResult = z.infer<typeof AssessedConditionResult>;

/** What a document is worth by its own figures. */
export const AssessmentResult = z.object({
  schema: z.literal('readiness.assessment-result/1'),
  title: z.string(),
  date: z.string(),
  source: z.string(),
  verdict: Verdict,
  /** The total of the scores as they are stated. */
  stated: WeightedTotal,
  /** The total with every score counted from the document's own rows, where they give one. */
  recounted: WeightedTotal,
  conditions: z.array(AssessedConditionResult),
  contradictions: z.array(Contradiction),
});
export type AssessmentResult = z.infer<typeof AssessmentResult>;
