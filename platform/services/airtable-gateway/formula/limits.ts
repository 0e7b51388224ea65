/** Limits that make any formula cheap enough to run for untrusted users. */
export interface FormulaLimits {
  /** Maximum length of the source, characters. Clients put filters that are too long for a URL into a body. */
  sourceLength: number;
  /** Maximum nesting of parentheses, calls and signs. */
  depth: number;
  /** Maximum number of expressions in a formula. */
  nodes: number;
  /** Maximum work per record: one step per evaluated expression, more for long texts and dates. */
  steps: number;
  /** Maximum time per record, milliseconds; for work whose steps cannot be counted in advance. */
  recordMs: number;
  /** Maximum length of a created text, characters. */
  textLength: number;
  /** Maximum length of a created list, items. */
  listLength: number;
  /** Maximum length of a regular expression, characters. */
  patternLength: number;
  /** Maximum size of a compiled regular expression, instructions. */
  patternSize: number;
}

export const formulaLimits: FormulaLimits = {
  sourceLength: 100_000,
  depth: 100,
  nodes: 40_000,
  steps: 100_000,
  recordMs: 500,
  textLength: 100_000,
  listLength: 10_000,
  patternLength: 1_000,
  patternSize: 5_000,
};
