import type { RE2JS } from 're2js';
import { FormulaLimitError } from './formula-error.ts';
import type { FormulaLimits } from './limits.ts';
import type { Value } from './value.ts';

/** What a formula may know of the record it looks at. */
export interface FormulaRecord {
  id: string;
  /** Milliseconds since the epoch. */
  createdTime: number;
  value(fieldId: string): Value;
  /** When one of these fields (any when none is named) was last changed; milliseconds since the epoch. */
  modifiedTime(fieldIds: readonly string[]): number | null;
}

/** Libraries that only some formulas need; loaded before evaluation begins. */
export interface FormulaLibraries {
  moment?: typeof import('moment-timezone');
  /** Undefined for a text that is no pattern. */
  compileRegex?: (pattern: string) => RE2JS | undefined;
}

/** One formula looking at one record. */
export class Evaluation {
  readonly record: FormulaRecord;
  /** The present moment, the same for all records of one query; milliseconds since the epoch. */
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

  /** @throws FormulaLimitError when the formula has used up its work for this record. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) throw new FormulaLimitError('The formula takes too long');
  }

  /** For work whose cost is not known beforehand: call it between its parts. */
  checkTime(): void {
    if (performance.now() > this.#deadline) throw new FormulaLimitError('The formula takes too long');
  }

  /** Accounts for a text of this length before it is made. */
  allowText(length: number): void {
    if (length > this.limits.textLength)
      throw new FormulaLimitError(
        `The formula makes a text longer than ${this.limits.textLength} characters`,
      );
    this.spend(length >> 6);
  }

  allowList(length: number): void {
    if (length > this.limits.listLength)
      throw new FormulaLimitError(`The formula makes a list longer than ${this.limits.listLength} items`);
    this.spend(length);
  }
}
