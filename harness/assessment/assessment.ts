import { z } from 'zod';
import { Ratio } from '../plan/criterion.ts';
import { CategoryId, ConditionId } from '../plan/outcome.ts';

/** A decimal number as it is written, kept as text so that 28.65 stays 28.65. */
export const Decimal = z.string().regex(/^\d{1,9}(?:\.\d{1,6})?$/, 'not a plain decimal number');

/** What a statement says, in a form that can be compared with another statement on the same fact. */
export const StatedValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('share'), percent: Decimal }),
  /** "1 out of 8". */
  z.object({ kind: z.literal('count'), num: z.int().nonnegative(), den: z.int().positive() }),
  /** A condition that a thing is in; equal words mean the same. */
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

/** Rows of one table: all, those of one kind, or a single one by its title. */
export const RowSelection = z.object({
  table: z.string(),
  kind: z.string().optional(),
  row: z.string().optional(),
});
export type RowSelection = z.infer<typeof RowSelection>;

/** `blocked`: the document itself says that it could not be looked at; counts as not working. */
export const Mark = z.enum(['ok', 'partial', 'failed', 'blocked']);
export type Mark = z.infer<typeof Mark>;

const row = {
  title: z.string().min(1),
  mark: Mark,
  /** The document's words, verbatim. */
  words: z.string(),
  /** Rows that must work before this one can be looked at. */
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
  /** What the document lists below the item. */
  findings: z.array(z.object({ title: z.string().min(1), mark: Mark, words: z.string() })).default([]),
});

export const EndpointRow = z.object(row);

function table<Row extends z.ZodType>(rows: Row) {
  return z.object({ id: z.string(), title: z.string(), place: z.string(), rows: z.array(rows).min(1) });
}

/** One thing that statements can be about. */
export const AssessedFact = z.object({
  id: z.string(),
  title: z.string().min(1),
  /** This fact is the other share of the same whole: what fails, where the other says what works. */
  complementOf: z.string().optional(),
  /** The rows a share of this fact has to be counted from. */
  counted: z.array(RowSelection).optional(),
  /** The fact is the weighted total of the categories. */
  total: z.literal(true).optional(),
});
export type AssessedFact = z.infer<typeof AssessedFact>;

/** One statement on one fact, at one place of the document. */
export const Claim = z.object({
  fact: z.string(),
  place: z.string().min(1),
  quote: z.string().min(1),
  value: StatedValue,
  /** The document marks the statement as good (a tick, "complete", "excellent"). */
  mark: Mark.optional(),
  /** Rows that describe in detail what the statement sums up. */
  described: z.array(RowSelection).default([]),
  needs: z.array(RowSelection).default([]),
});
export type Claim = z.infer<typeof Claim>;

export const AssessedCategory = z.object({
  id: CategoryId,
  title: z.string(),
  place: z.string(),
  /** Percent of the whole. */
  weight: z.int().positive(),
  /** The fact that the score states. */
  fact: z.string(),
  score: z.discriminatedUnion('kind', [StatedValue.options[0], StatedValue.options[1]]),
  /** Weighted score in percent as the document gives it. */
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
  /** What the document gives as the current value, verbatim. */
  current: z.string(),
  /** The current value as a statement on a fact, where it is one. */
  states: z.object({ fact: z.string(), value: StatedValue }).optional(),
  /** The rows the condition has to be counted from; absent where the document has none. */
  counted: z.array(RowSelection).optional(),
});
export type AssessedCondition = z.infer<typeof AssessedCondition>;

/** An assessment written by people: what it states, where, and the rows it has to be counted from. */
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
