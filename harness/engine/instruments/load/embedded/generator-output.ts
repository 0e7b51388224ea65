import { z } from 'zod';
import { referenceStep } from '../load-plan.ts';

const times = { p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() };
const counts = { total: z.int().nonnegative(), failed: z.int().nonnegative() };
const all = { ...counts, ...times, minMs: z.number(), maxMs: z.number() };

/** What the process of the generator writes. */
export const GeneratorOutput = z.object({
  summary: z.object({ ...counts, ...times, dropped: z.int(), iterations: z.int() }),
  steps: z.array(
    z.object({
      name: z.string(),
      ...all,
      failures: z.record(z.string(), z.int()),
      partsP50Ms: z.array(z.number().nullable()).readonly(),
    }),
  ),
  parts: z.array(
    z.object({
      rate: z.number().nullable(),
      started: z.int(),
      dropped: z.int(),
      ...all,
      requestsPerSecond: z.number(),
    }),
  ),
  lagP99Ms: z.number().nonnegative(),
  loopDelayP99Ms: z.number().nonnegative(),
  /** Share of the time in which the event loop worked, 0–1. */
  busy: z.number().min(0).max(1),
  /** Processes of the machine that ran or waited for a core in the last minute, per core. */
  waitingPerCore: z.number().nonnegative(),
  /** Why some of the requests had no response. */
  problems: z.array(z.string()).readonly(),
  /** Processor time of the generator with its reference server, milliseconds. */
  processorMs: z.number().nonnegative(),
});
export type GeneratorOutput = z.infer<typeof GeneratorOutput>;

/** Limits beyond which long times are those of the generator or of a machine with other work. */
export const saturation = { lagP99Ms: 50, busy: 0.8, referenceP95Ms: 15, waitingPerCore: 6 };

/**
 * Why long times say nothing about the platform; undefined when they do. A closed load keeps the generator as busy as the
 * platform lets it, so there only its delay counts.
 */
export function saturationOf(
  {
    lagP99Ms,
    busy,
    steps,
    waitingPerCore,
  }: Pick<GeneratorOutput, 'lagP99Ms' | 'busy' | 'steps' | 'waitingPerCore'>,
  { open }: { open: boolean },
): string | undefined {
  if (lagP99Ms > saturation.lagP99Ms)
    return `1 % of its iterations started more than ${Math.round(lagP99Ms)} ms late (limit ${saturation.lagP99Ms} ms)`;
  if (open && busy > saturation.busy)
    return `its event loop worked ${Math.round(busy * 100)} % of the time (limit ${saturation.busy * 100} %)`;
  if (waitingPerCore > saturation.waitingPerCore)
    return `${waitingPerCore.toFixed(1)} processes per core ran or waited (limit ${saturation.waitingPerCore}), so other work occupies the machine`;
  const reference = steps.find(({ name }) => name === referenceStep.name);
  if (reference && reference.p95Ms > saturation.referenceP95Ms)
    return `a bare server beside it needed up to ${Math.round(reference.p95Ms)} ms for a request (limit ${saturation.referenceP95Ms} ms), so other work occupies the machine`;
  return undefined;
}
