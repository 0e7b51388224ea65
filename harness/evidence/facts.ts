import { z } from 'zod';
import { JsonValue } from '../plan/json-value.ts';
import { ProcessTimes, Timeline } from './timeline.ts';

/** Why a check delivered no usable observation. */
export const Shortfall = z.object({
  kind: z.enum([
    /** The system under test rejected, reset or did not respond to what the check needs: the product's failure. */
    'product-failure',
    /** The check's function threw something else: the harness's failure. */
    'threw',
    /** The check exceeded its time limit while waiting for the system under test: the product's failure. */
    'timeout',
    'missing-capability',
    'needs-not-met',
    'interrupted',
    'deselected',
  ]),
  message: z.string(),
  /** How to fix it, e.g. the command that installs the missing tool. */
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

/** What a check saw of one service: the one that responded, or the one called if nothing responded. */
export const ServiceResponses = z.object({
  service: z.string(),
  /** Number of requests. */
  total: z.int().positive(),
  /** Requests without a response, or with a server error. */
  failed: z.int().nonnegative(),
  /** The first failed one, e.g. `POST /api/auth/register: 500`; absent if none failed. */
  example: z.string().optional(),
});
export type ServiceResponses = z.infer<typeof ServiceResponses>;

/** What one check observed. A check runs once: a retry would hide a flaky product. */
export const CheckFacts = z.object({
  check: z.string(),
  durationMs: z.number().nonnegative(),
  /** Since the start of the boot, milliseconds; absent for a check that did not run. */
  startedAfterMs: z.number().nonnegative().optional(),
  /**
   * Processor time that the run used while this check ran, divided equally among the checks that ran at the same moment:
   * exact for one that ran alone. Absent where no process is seen.
   */
  processes: ProcessTimes.optional(),
  observed: z.record(z.string(), JsonValue),
  shortfall: Shortfall.optional(),
  /** Paths of evidence files, relative to the run folder. */
  evidence: z.array(z.string()),
  /** Related log lines of the services; empty when the check passed. */
  logs: z.array(LogLine),
  /** By service, sorted; absent if the check sent no request, or broke the platform on purpose. */
  responses: z.array(ServiceResponses).optional(),
  /** Nodes of the platform that had exited when the check ended, or were away while it ran; absent if none. */
  exited: z.array(z.string()).optional(),
});
export type CheckFacts = z.infer<typeof CheckFacts>;

/** The result of one node of the boot graph. */
export const BootFacts = z.object({
  node: z.string(),
  kind: z.enum(['store', 'job', 'service']),
  state: z.enum(['ready', 'failed', 'not-started']),
  /** Nodes that this one depends on; absent if there are none. */
  dependsOn: z.array(z.string()).optional(),
  /** From the start of the boot to ready, in milliseconds. */
  readyAfterMs: z.number().nonnegative().optional(),
  failure: z
    .object({
      /** One line for the reader, e.g. `exited with code 78 before it was ready`. */
      cause: z.string(),
      kind: z.enum(['exited', 'timeout', 'port-taken', 'spawn', 'edge', 'wrong-identity']),
      /** Whose failure it is: a service that does not start is the product's failure. */
      by: z.enum(['product', 'harness']),
      lastProbe: z.string().optional(),
      /** Dependencies that had not reached the state this node waited for. */
      openEdges: z.array(z.string()),
      logs: z.array(LogLine),
    })
    .optional(),
});
export type BootFacts = z.infer<typeof BootFacts>;

/** The exit or outage of a node that was ready, before the platform was stopped. */
export const ExitFacts = z.object({
  node: z.string(),
  /** For the reader, e.g. `was ended by SIGKILL`. */
  reason: z.string(),
  /** The harness sees no processes, and the node did not respond as it must; absent for an exit. */
  outage: z.literal(true).optional(),
  /** Time after the start of the checks, milliseconds; negative if the node exited before them. */
  afterMs: z.number(),
  /** The node's last log lines. */
  logs: z.array(LogLine),
});
export type ExitFacts = z.infer<typeof ExitFacts>;

/** How many known faults the gate caught, when they were last injected into these sources: `readiness prove`. */
export const GateFacts = z.object({
  caught: z.int().nonnegative(),
  /** Faults that were injected. */
  proved: z.int().positive(),
  at: z.iso.datetime(),
});
export type GateFacts = z.infer<typeof GateFacts>;

/** What the run created on a deployed target and could not delete. */
export const TargetFacts = z.object({
  /** Name of the target. */
  name: z.string(),
  /** One sentence each; empty when nothing of the run is left. */
  left: z.array(z.string()),
});
export type TargetFacts = z.infer<typeof TargetFacts>;

/** Everything a run observed. The judge reads only this, the plan and the manifest. */
export const Facts = z.object({
  schema: z.literal('readiness.facts/2'),
  planSha256: z.string().regex(/^[0-9a-f]{64}$/),
  boot: z.array(BootFacts),
  /** Absent if every process ran until the end. */
  exits: z.array(ExitFacts).optional(),
  capabilities: z.array(z.object({ name: z.string(), available: z.boolean(), detail: z.string() })),
  checks: z.array(CheckFacts),
  /** True only when every planned check has facts and the run was not interrupted. */
  completed: z.boolean(),
  interruptedBy: z.string().optional(),
  /** Failures of the harness itself, outside any check. */
  harnessErrors: z.array(z.string()),
  /** Injected faults; a run with a fault can never be GO. */
  /** Absent when these sources were never proved. */
  gate: GateFacts.optional(),
  faults: z.array(z.string()),
  /** When the run was busy, and with what; absent if no check was to run. */
  timeline: Timeline.optional(),
  /** Present for a run on a deployed target, once its clean-up has ended. */
  target: TargetFacts.optional(),
});
export type Facts = z.infer<typeof Facts>;

/** What was judged, where and when. All volatile values of a run are here and nowhere else. */
export const Manifest = z.object({
  schema: z.literal('readiness.manifest/1'),
  runId: z.string(),
  toolVersion: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  subject: z.object({ commit: z.string(), dirty: z.boolean() }),
  environment: z.record(z.string(), z.string()),
  /** SHA-256 of each file of the run folder that the verdict or the report is based on. */
  files: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof Manifest>;
