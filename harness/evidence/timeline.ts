import { z } from 'zod';

/** Processor time of each kind of process, milliseconds, the most first. */
export const ProcessTimes = z.array(z.object({ name: z.string(), processorMs: z.number().nonnegative() }));
export type ProcessTimes = z.infer<typeof ProcessTimes>;

/** When a run was busy, and with what. Times are milliseconds since the start of the boot. */
export const Timeline = z.object({
  /** Number of processor cores that the run could use. */
  cores: z.int().positive(),
  phases: z.array(
    z.object({
      name: z.enum(['boot', 'shared checks', 'exclusive checks', 'drills']),
      fromMs: z.number().nonnegative(),
      toMs: z.number().nonnegative(),
    }),
  ),
  /** Processor time of all processes of the run that the harness sees; absent where it sees none. */
  processor: z
    .object({
      /** Length of an interval, milliseconds. */
      intervalMs: z.number().positive(),
      /** Processor time in each interval, milliseconds. */
      busyMs: z.array(z.number().nonnegative()),
      processes: ProcessTimes,
    })
    .optional(),
});
export type Timeline = z.infer<typeof Timeline>;
