/** Bounds that make any formula cheap enough to run on behalf of a stranger. */
export interface FormulaLimits {
  /** Characters of source; Airtable's own bound on a filter. */
  sourceLength: number;
  /** How deep parentheses, calls and signs may nest. */
  depth: number;
  /** Expressions in one formula. */
  nodes: number;
  /** Units of work for one record: one per expression visited, more for long texts and dates. */
  steps: number;
  /** Milliseconds for one record; a net under the steps for work that cannot be counted beforehand. */
  recordMs: number;
  /** Characters of any text the formula makes. */
  textLength: number;
  /** Items of any list the formula makes. */
  listLength: number;
  /** Characters of a regular expression. */
  patternLength: number;
  /** Instructions of a compiled regular expression. */
  patternSize: number;
}

export const formulaLimits: FormulaLimits = {
  sourceLength: 16_384,
  depth: 100,
  nodes: 10_000,
  steps: 100_000,
  recordMs: 500,
  textLength: 100_000,
  listLength: 10_000,
  patternLength: 1_000,
  patternSize: 5_000,
};
