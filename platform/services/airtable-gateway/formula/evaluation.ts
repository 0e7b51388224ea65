import type { RE2JS } from 're2js';
import { FormulaLimitError } from './formula-error.ts';
import type { FormulaLimits } from './limits.ts';
import type { Value } from './value.ts';

/** The record as input of a formula. */
export interface FormulaRecord {
  id: string;
  /** Milliseconds since the epoch. */
  createdTime: number;
  value(fieldId: string): Value;
  /** Time of the last change of these fields, or of any field when the list is empty; milliseconds since the epoch. */
  modifiedTime(fieldIds: readonly string[]): number | null;
}

/** Libraries that only some formulas need. They are loaded before the evaluation. */
export interface FormulaLibraries {
  moment?: typeof import('moment-timezone');
  /** Undefined for an invalid pattern. */
  compileRegex?: (pattern: string) => RE2JS | undefined;
}

/** The evaluation of one formula for one record. */
export class Evaluation {
  readonly record: FormulaRecord;
  /** Current time, the same for all records of a query; milliseconds since the epoch. */
  readonly now: number;
  readonly libraries: FormulaLibraries;
  readonly limits: FormulaLimits;
  readonly #deadline: number;
  #steps = 0;

  constructor(options: {
    record: FormulaRecord;
    now: number;
    libraries: FormulaLibraries;
    limits: FormulaLimits;
  }) {
    this.record = options.record;
    this.now = options.now;
    this.libraries = options.libraries;
    this.limits = options.limits;
    this.#deadline = performance.now() + options.limits.recordMs;
  }

  /** @throws FormulaLimitError when the formula exceeds its steps for this record */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) throw new FormulaLimitError('The formula takes too long');
  }

  /** Call it between the parts of work whose cost is unknown. @throws FormulaLimitError */
  checkTime(): void {
    if (performance.now() > this.#deadline) throw new FormulaLimitError('The formula takes too long');
  }

  /** Counts a text of this length before it is created. @throws FormulaLimitError */
  allowText(length: number): void {
    if (length > this.limits.textLength)
      throw new FormulaLimitError(
        `The formula creates a text longer than ${this.limits.textLength} characters`,
      );
    this.spend(length >> 6);
  }

  /** Counts a list of this length before it is created. @throws FormulaLimitError */
  allowList(length: number): void {
    if (length > this.limits.listLength)
      throw new FormulaLimitError(`The formula creates a list longer than ${this.limits.listLength} items`);
    this.spend(length);
  }
}
