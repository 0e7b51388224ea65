/** The text is no formula, or names something that does not exist. The one error that parsing throws. */
export class FormulaSyntaxError extends Error {
  override readonly name = 'FormulaSyntaxError';
  /** Index of the character at fault, from 0. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** The formula asks for more work or output than is allowed; evaluation stops for good. */
export class FormulaLimitError extends Error {
  override readonly name = 'FormulaLimitError';
}

/**
 * An error value inside the language, what Airtable shows as `#ERROR!`: wrong type, missing date, bad pattern.
 * It travels up through every operator until ISERROR or the end of the formula catches it.
 */
export class FormulaFault extends Error {
  override readonly name = 'FormulaFault';
}
