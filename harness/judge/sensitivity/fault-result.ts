import { z } from 'zod';

/** What one fault came to, as a line of the file of results. */
export const FaultResult = z.object({
  /** `<fault id>=<service>`, several with `+` in between; absent for the platform without a fault, on which the same checks must pass. */
  fault: z.string().exactOptional(),
  /** See `ReproductionState`; `green` and `red-without-fault` for the platform without a fault; `not-healed`. */
  state: z.enum([
    'caught',
    'green',
    'missed',
    'other-cause',
    'collateral',
    'no-symptom',
    'no-bite',
    'not-healed',
    'red-without-fault',
    'harness-failure',
    'unproven',
  ]),
  /** What was seen. */
  seen: z.string(),
  /** What showed that the fault took hold. */
  bite: z.string(),
  /** Id of the first root cause; absent if there was none. */
  root: z.string().exactOptional(),
  /** Ids of the checks that the fault declares to fail; empty without a fault. */
  declared: z.array(z.string()),
  /** Outcomes of the checks that were run, by id. */
  outcomes: z.record(z.string(), z.string()),
  tookMs: z.number(),
});
export type FaultResult = z.infer<typeof FaultResult>;

/** Whether the result is a reason to fail. */
export function isWrong({ state }: Pick<FaultResult, 'state'>): boolean {
  return state !== 'caught' && state !== 'green' && state !== 'unproven';
}
