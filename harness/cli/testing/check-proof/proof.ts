import { z } from 'zod';
import type { CheckDefinition } from '../../../engine/check.ts';
import type { Break } from '../../../faults/break.ts';

/** One run of a check that must end in a certain way. */
export interface Proof {
  check: CheckDefinition;
  /** What the check must notice; absent: the platform is unbroken, and the check must pass. */
  defect?: Break;
}

/** A result as a line of the file of results. */
export const ProofResultLine = z.object({
  check: z.string(),
  /** Absent for the unbroken platform. */
  defect: z.string().exactOptional(),
  /**
   * How a proof ended. `green`: passed on the unbroken platform. `red`: failed under its break, as declared. The other
   * ones are not as expected, but for `unproven`: this machine lacks something that the proof needs.
   */
  state: z.enum([
    'green',
    'red',
    'red-without-break',
    'green-under-break',
    'other-failure',
    'harness-failure',
    'not-healed',
    'unproven',
  ]),
  /** What the check saw, or why there is no proof. */
  seen: z.string(),
  tookMs: z.number(),
});
export type ProofResult = z.infer<typeof ProofResultLine>;
export type ProofState = ProofResult['state'];

/** Whether the result is a reason to fail. */
export function isWrong({ state }: ProofResult): boolean {
  return state !== 'green' && state !== 'red' && state !== 'unproven';
}

/** Identifies a proof among those of all checks. */
export function proofKey({ check, defect }: Pick<ProofResult, 'check' | 'defect'>): string {
  return JSON.stringify([check, defect ?? null]);
}

/** The same of a proof that has no result yet. */
export function keyOf({ check, defect }: Proof): string {
  return proofKey({ check: check.id, ...(defect ? { defect: defect.defect } : {}) });
}
