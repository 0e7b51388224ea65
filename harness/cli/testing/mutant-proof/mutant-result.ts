import { z } from 'zod';

/** How the run on a mutant ended, as a line of the file of results. */
export const MutantResult = z.object({
  /** Id of the mutant; absent for the unbroken platform, on which the same checks must pass. */
  mutant: z.string().exactOptional(),
  /**
   * `caught`: NO-GO, with the declared root cause first. `green`: the unbroken platform passes. `survived`: nothing
   * failed that forbids GO. `other-cause`: NO-GO with another root cause first. `missed`: the root cause is right, and a
   * declared check does not fail. `unproven`: this machine lacks something that a declared check needs.
   */
  state: z.enum([
    'caught',
    'green',
    'survived',
    'other-cause',
    'missed',
    'red-without-mutant',
    'harness-failure',
    'unproven',
  ]),
  /** What the run said. */
  seen: z.string(),
  /** Checks that failed themselves, sorted. */
  failed: z.array(z.string()),
  tookMs: z.number(),
});
export type MutantResult = z.infer<typeof MutantResult>;
export type MutantState = MutantResult['state'];

/** Whether the result is a reason to fail. */
export function isWrong({ state }: Pick<MutantResult, 'state'>): boolean {
  return state !== 'caught' && state !== 'green' && state !== 'unproven';
}
