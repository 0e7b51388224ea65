/** Invalid syntax or an unknown name. The only error that parsing throws. */
export class FormulaSyntaxError extends Error {
  override readonly name = 'FormulaSyntaxError';
  /** Index of the invalid character, from 0. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** The formula exceeds its limit of work or output. It ends the evaluation. */
export class FormulaLimitError extends Error {
  override readonly name = 'FormulaLimitError';
}

/**
 * An error value of the language, which Airtable displays as `#ERROR!`: a wrong type, a missing date, an invalid
 * pattern. It propagates through every operator up to ISERROR or the end of the formula.
 */
export class FormulaValueError extends Error {
  override readonly name = 'FormulaValueError';
}
