import { z } from 'zod';
import { Ratio } from '../plan/criterion.ts';
import { CategoryId, ConditionId } from '../plan/outcome.ts';

/** A decimal number as text, so 28.65 stays exactly 28.65. */
export const Decimal = z.string().regex(/^\d{1,9}(?:\.\d{1,6})?$/, 'not a plain decimal number');

/** The value of a statement, in a form that can be compared with other statements about the same fact. */
export const StatedValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('share'), percent: Decimal }),
  /** "1 out of 8". */
  z.object({ kind: z.literal('count'), num: z.int().nonnegative(), den: z.int().positive() }),
  /** A state; equal texts mean equal states. */
  z.object({ kind: z.literal('state'), is: z.string().min(1) }),
  z.object({ kind: z.literal('range'), from: Decimal, to: Decimal, unit: z.string().min(1) }),
  z.object({
    kind: z.literal('quantity'),
    relation: z.enum(['exactly', 'below']),
    value: Decimal,
    unit: z.string().min(1),
  }),
  /** Named parts of a whole. */
  z.object({ kind: z.literal('names'), names: z.array(z.string().min(1)).min(1) }),
]);
export type StatedValue = z.infer<typeof StatedValue>;

/** Rows of one table: all, those of one kind, or one row by its title. */
export const RowSelection = z.object({
  table: z.string(),
  kind: z.string().optional(),
  row: z.string().optional(),
});
export type RowSelection = z.infer<typeof RowSelection>;

/** `blocked`: the assessment says that it was not measured. It counts as not working. */
export const Mark = z.enum(['ok', 'partial', 'failed', 'blocked']);
export type Mark = z.infer<typeof Mark>;

const row = {
  title: z.string().min(1),
  mark: Mark,
  /** The wording of the assessment, verbatim. */
  words: z.string(),
  /** Rows that must work before this one can be measured. */
  needs: z.array(RowSelection).default([]),
};

export const ServiceRow = z.object({
  ...row,
  kind: z.enum(['service', 'frontend']),
  port: z.int().positive(),
  healthCheck: z.string(),
  issues: z.string(),
});

export const ChecklistItem = z.object({
  ...row,
  /** The findings listed below the item. */
  findings: z.array(z.object({ title: z.string().min(1), mark: Mark, words: z.string() })).default([]),
});

export const EndpointRow = z.object(row);

function table<Row extends z.ZodType>(rows: Row) {
  return z.object({ id: z.string(), title: z.string(), place: z.string(), rows: z.array(rows).min(1) });
}

/** One subject that statements can be about. */
export const AssessedFact = z.object({
  id: z.string(),
  title: z.string().min(1),
  /** The fact that this one complements: this one counts what fails, the other what works. */
  complementOf: z.string().optional(),
  /** The rows from which a share of this fact must be counted. */
  counted: z.array(RowSelection).optional(),
  /** The fact is the weighted total of the categories. */
  total: z.literal(true).optional(),
});
export type AssessedFact = z.infer<typeof AssessedFact>;

/** One statement about one fact, at one place in the assessment. */
export const Claim = z.object({
  fact: z.string(),
  place: z.string().min(1),
  quote: z.string().min(1),
  value: StatedValue,
  /** How the assessment marks the statement (a tick, "complete", "excellent"). */
  mark: Mark.optional(),
  /** Rows that the statement summarizes. */
  described: z.array(RowSelection).default([]),
  needs: z.array(RowSelection).default([]),
});
export type Claim = z.infer<typeof Claim>;

export const AssessedCategory = z.object({
  id: CategoryId,
  title: z.string(),
  place: z.string(),
  /** Percent of the total score. */
  weight: z.int().positive(),
  /** The fact that the score is about. */
  fact: z.string(),
  score: z.discriminatedUnion('kind', [StatedValue.options[0], StatedValue.options[1]]),
  /** Weighted score that the assessment states, percent. */
  weighted: Decimal.optional(),
  mark: Mark,
  words: z.string(),
  described: z.array(RowSelection).default([]),
});
export type AssessedCategory = z.infer<typeof AssessedCategory>;

export const AssessedCondition = z.object({
  id: ConditionId,
  title: z.string(),
  place: z.string(),
  words: z.string(),
  comparator: z.enum(['>', '>=', '=', '<']),
  threshold: Ratio,
  /** The current value that the assessment states, verbatim. */
  current: z.string(),
  /** The current value as a statement about a fact, if it is one. */
  states: z.object({ fact: z.string(), value: StatedValue }).optional(),
  /** The rows from which the condition must be counted; absent if the assessment has none. */
  counted: z.array(RowSelection).optional(),
});
export type AssessedCondition = z.infer<typeof AssessedCondition>;

/** An assessment written by people: its statements, their places, and the rows from which they can be counted. */
export const Assessment = z.object({
  schema: z.literal('readiness.assessment/1'),
  title: z.string(),
  date: z.iso.date(),
  source: z.string(),
  categories: z.array(AssessedCategory).min(1),
  conditions: z.array(AssessedCondition).min(1),
  services: table(ServiceRow),
  checklists: z.array(table(ChecklistItem)),
  endpoints: z.array(table(EndpointRow)),
  facts: z.array(AssessedFact),
  claims: z.array(Claim),
});
export type Assessment = z.infer<typeof Assessment>;
