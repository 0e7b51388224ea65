import { z } from 'zod';

/** The pace of a route in an accepted run. */
export const BaselinePace = z.object({
  route: z.string(),
  /** Median relative to the reference server's. */
  ratio: z.number().positive(),
  p50Ms: z.number().positive(),
  fastestMs: z.number().nonnegative(),
});
export type BaselinePace = z.infer<typeof BaselinePace>;

/** What the paces of two runs must have in common to be compared. */
export const Machine = z.object({
  /** Runtime of the platform; of a target with its name. */
  runtime: z.string(),
  processor: z.string(),
  cores: z.int().positive(),
  node: z.string(),
});
export type Machine = z.infer<typeof Machine>;

/** Evidence of the check of paces; a baseline is made from it. */
export const PaceRecord = z.object({ machine: Machine, paces: z.array(BaselinePace) });
export type PaceRecord = z.infer<typeof PaceRecord>;

/** `reports/baseline.json`: the paces that somebody has accepted. */
export const Baseline = PaceRecord.extend({
  schema: z.literal('readiness.baseline/1'),
  run: z.string(),
  acceptedAt: z.iso.datetime(),
});
export type Baseline = z.infer<typeof Baseline>;

/** Why a baseline does not apply; undefined when it does. */
export function whyNotComparable(baseline: Baseline | undefined, machine: Machine): string | undefined {
  if (baseline === undefined) return 'no baseline has been accepted';
  const keys = ['runtime', 'processor', 'cores', 'node'] as const;
  const other = keys.find((key) => baseline.machine[key] !== machine[key]);
  return other === undefined
    ? undefined
    : `the baseline of run ${baseline.run} is of another ${other}: ${baseline.machine[other]}, now ${machine[other]}`;
}
