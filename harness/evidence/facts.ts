import { z } from 'zod';

/** Why a check delivered no usable observation. */
export const Shortfall = z.object({
  kind: z.enum([
    /** The system under test refused, reset or did not answer: the product's failure. */
    'subject-unreachable',
    /** The check's function threw something else: the harness's failure. */
    'threw',
    /** The check ran over its time limit while waiting for the system under test. */
    'timeout',
    'missing-capability',
    'needs-not-met',
    'interrupted',
    'deselected',
  ]),
  message: z.string(),
  /** What to do about it, e.g. the command that installs the missing tool. */
  hint: z.string().optional(),
  /** For `needs-not-met`: the needed check that did not pass. */
  by: z.string().optional(),
});
export type Shortfall = z.infer<typeof Shortfall>;

export const LogLine = z.object({
  service: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;

/** One go at a check. Product checks get one attempt only. */
export const Attempt = z.object({
  durationMs: z.number().nonnegative(),
  observed: z.record(z.string(), z.json()),
  shortfall: Shortfall.optional(),
  /** Paths of evidence files below the run folder. */
  evidence: z.array(z.string()),
  /** Log lines of the services during the attempt that bear on it. */
  logs: z.array(LogLine),
});
export type Attempt = z.infer<typeof Attempt>;

export const CheckFacts = z.object({ check: z.string(), attempts: z.array(Attempt) });
export type CheckFacts = z.infer<typeof CheckFacts>;

/** What became of one node of the boot graph. */
export const BootFacts = z.object({
  node: z.string(),
  kind: z.enum(['store', 'job', 'service']),
  state: z.enum(['ready', 'failed', 'not-started']),
  /** From the start of the boot to ready, in milliseconds. */
  readyAfterMs: z.number().nonnegative().optional(),
  failure: z
    .object({
      /** One line a person reads, e.g. `exited with code 78 before it was ready`. */
      cause: z.string(),
      kind: z.enum(['exited', 'timeout', 'port-taken', 'spawn', 'edge', 'wrong-identity']),
      /** Whose failure it is: a product image that does not start is the product's. */
      by: z.enum(['product', 'harness']),
      lastProbe: z.string().optional(),
      /** Dependencies that had not reached the state this node waited for. */
      openEdges: z.array(z.string()),
      logs: z.array(LogLine),
    })
    .optional(),
});
export type BootFacts = z.infer<typeof BootFacts>;

/** Everything a run saw. The judge reads this and the plan, and nothing else. */
export const Facts = z.object({
  schema: z.literal('readiness.facts/1'),
  planSha256: z.string().regex(/^[0-9a-f]{64}$/),
  boot: z.array(BootFacts),
  capabilities: z.array(z.object({ name: z.string(), available: z.boolean(), detail: z.string() })),
  checks: z.array(CheckFacts),
  /** True only when every planned check was dealt with and the run was not interrupted. */
  completed: z.boolean(),
  interruptedBy: z.string().optional(),
  /** Failures of the harness itself, outside any check. */
  harnessErrors: z.array(z.string()),
  /** Injected faults; a run with a fault can never give GO. */
  faults: z.array(z.string()),
});
export type Facts = z.infer<typeof Facts>;

/** What was judged, where and when; the only place for volatile values. */
export const Manifest = z.object({
  schema: z.literal('readiness.manifest/1'),
  runId: z.string(),
  toolVersion: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  subject: z.object({ commit: z.string(), dirty: z.boolean() }),
  environment: z.record(z.string(), z.string()),
  /** SHA-256 of each file of the run folder that the judgement or the report rests on. */
  files: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof Manifest>;
