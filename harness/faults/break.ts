import type { Change } from './change.ts';

/** The red proof of a check: a defect that the check must notice. */
export interface Break {
  /** The defect, as a sentence about the platform, e.g. `The gateway accepts expired tokens.` Unique within the check. */
  defect: string;
  /** Applied together, in this order, and lifted in the opposite one. */
  changes: readonly Change[];
  /**
   * Expectations of the check that must not be met then; others may fail with them. Empty when the check must state a
   * failure of the product instead of observing.
   */
  violates: readonly string[];
}
