import { z } from 'zod';
import { BootFacts, GateFacts, LogLine, Manifest, Shortfall, TargetFacts } from '../evidence/facts.ts';
import { ProcessTimes, Timeline } from '../evidence/timeline.ts';
import { Criterion, Ratio } from '../plan/criterion.ts';
import { JsonValue } from '../plan/json-value.ts';
import { CategoryId, ConditionId, Outcome, Severity } from '../plan/outcome.ts';
import { Remediation } from '../plan/plan.ts';
import { StandardId } from '../plan/standards/standard-id.ts';

/** One declared expectation of a check and the observed value. */
export const Finding = z.object({
  name: z.string(),
  criterion: Criterion,
  /** Absent when nothing was observed under this name. */
  observed: JsonValue.optional(),
  met: z.boolean(),
  /** One sentence with the observed and the expected value. */
  explanation: z.string(),
});
export type Finding = z.infer<typeof Finding>;

export const CheckResult = z.object({
  id: z.string(),
  title: z.string(),
  /** What a failure shows; absent where the negation of `title` says it. */
  failureTitle: z.string().optional(),
  why: z.string(),
  category: CategoryId,
  severity: Severity,
  weight: z.int().positive(),
  outcome: Outcome,
  /**
   * Whose failure it is, for `fail`, `blocked` and `error`. A check blocked by the product counts as failed,
   * one blocked by the harness as unknown.
   */
  cause: z.enum(['product', 'harness']).optional(),
  /** The root check, for `blocked`. */
  blockedBy: z.string().optional(),
  explanation: z.string(),
  findings: z.array(Finding),
  /** Names of the findings that only show that what the check tests works at all; absent if there are none. */
  controls: z.array(z.string()).optional(),
  shortfall: Shortfall.optional(),
  durationMs: z.number().nonnegative(),
  /** Since the start of the boot, milliseconds; absent for a check that did not run. */
  startedAfterMs: z.number().nonnegative().optional(),
  /** Its part of the processor time, see `CheckFacts`; absent where no process is seen. */
  processes: ProcessTimes.optional(),
  conditions: z.array(ConditionId),
  /** Requirements of published standards that the check measures; absent if there are none. */
  standards: z.array(StandardId).optional(),
  evidence: z.array(z.string()),
  logs: z.array(LogLine),
  remediation: Remediation,
  /** The command that runs this check again. */
  reproduce: z.string(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** Hundredths of a percent. */
export const BasisPoints = z.int().min(0).max(10_000);

export const CategoryResult = z.object({
  id: CategoryId,
  title: z.string(),
  weight: z.int(),
  counts: z.record(Outcome, z.int().nonnegative()),
  proven: Ratio,
  possible: Ratio,
  /** Measured share of the category's weight: pass, fail, or blocked by the product. */
  coverage: Ratio,
});
export type CategoryResult = z.infer<typeof CategoryResult>;

export const ConditionResult = z.object({
  id: ConditionId,
  title: z.string(),
  source: z.string(),
  state: z.enum(['met', 'violated', 'not-proven']),
  /** Checks that pass, of all that feed the condition. */
  has: Ratio,
  /** Minimum number of passes that satisfies the condition, e.g. 9 of 9. */
  needs: Ratio,
  /** "needs 9 of 9, has 1". */
  distance: z.string(),
  /** Ids of the feeding checks that do not pass. */
  missing: z.array(z.string()),
});
export type ConditionResult = z.infer<typeof ConditionResult>;

/** One root cause with all checks that do not pass because of it. */
export const Blocker = z.object({
  /** Id of the root check; `boot:<node>`, `exit:<node>` or `outage:<node>` for a failed node that no check covers. */
  root: z.string(),
  title: z.string(),
  /** The highest severity of the root and the checks it blocks. */
  severity: Severity,
  category: CategoryId,
  outcome: Outcome,
  cause: z.string(),
  /** Other checks that fail or stay unknown because of this root, sorted. */
  blocks: z.array(z.string()),
  logs: z.array(LogLine),
  remediation: Remediation,
  reproduce: z.string(),
});
export type Blocker = z.infer<typeof Blocker>;

export const Verdict = z.object({
  decision: z.enum(['GO', 'NO-GO']),
  basis: z.enum(['proven', 'violated', 'not-proven', 'harness-failed']),
  /** The reasons for the decision, one sentence each, most severe first. */
  decidedBy: z.array(z.string()).min(1),
});
export type Verdict = z.infer<typeof Verdict>;

export const RunVerdict = Verdict.extend({
  /** Number of checks that fail, or that are blocked by a failure of the product. */
  failing: z.int().nonnegative(),
  /** Number of checks whose failure would forbid GO and of which nobody knows whether they pass. */
  unknown: z.int().nonnegative(),
});
export type RunVerdict = z.infer<typeof RunVerdict>;

/** The canonical result: sorted, independent of the clock and of absolute paths, reproducible byte for byte. */
export const Result = z.object({
  schema: z.literal('readiness.result/3'),
  run: Manifest.pick({ runId: true, toolVersion: true, startedAt: true, subject: true }),
  planSha256: z.string(),
  factsSha256: z.string(),
  runtime: z.string(),
  seed: z.int(),
  verdict: RunVerdict,
  score: z.object({ proven: BasisPoints, possible: BasisPoints, coverage: BasisPoints }),
  conditions: z.array(ConditionResult),
  categories: z.array(CategoryResult),
  blockers: z.array(Blocker),
  checks: z.array(CheckResult),
  boot: z.array(BootFacts),
  capabilities: z.array(z.object({ name: z.string(), available: z.boolean(), detail: z.string() })),
  faults: z.array(z.string()),
  /** How sensitive the gate was proved to be; absent when these sources were never proved. */
  gate: GateFacts.optional(),
  harnessErrors: z.array(z.string()),
  /** When the run was busy, and with what; absent if no check was to run. */
  timeline: Timeline.optional(),
  /** What the run has left on a deployed target; absent for other runs. */
  target: TargetFacts.optional(),
});
export type Result = z.infer<typeof Result>;
