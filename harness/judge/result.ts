import { z } from 'zod';
import { BootFacts, LogLine, Manifest, Shortfall } from '../evidence/facts.ts';
import { Criterion, Ratio } from '../plan/criterion.ts';
import { CategoryId, ConditionId, Outcome, Severity } from '../plan/outcome.ts';
import { Remediation } from '../plan/plan.ts';

/** One declared expectation of a check against what was seen. */
export const Finding = z.object({
  name: z.string(),
  criterion: Criterion,
  /** Absent when nothing was observed under this name. */
  observed: z.json().optional(),
  met: z.boolean(),
  /** One sentence with the observed and the expected value. */
  explanation: z.string(),
});
export type Finding = z.infer<typeof Finding>;

export const CheckResult = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  category: CategoryId,
  severity: Severity,
  weight: z.int().positive(),
  outcome: Outcome,
  /** For fail, blocked and error: whose failure. Blocked by the harness is unknown; by the product, failed. */
  cause: z.enum(['product', 'harness']).optional(),
  /** The root check, for `blocked`. */
  blockedBy: z.string().optional(),
  explanation: z.string(),
  findings: z.array(Finding),
  shortfall: Shortfall.optional(),
  durationMs: z.number().nonnegative(),
  conditions: z.array(ConditionId),
  evidence: z.array(z.string()),
  logs: z.array(LogLine),
  remediation: Remediation,
  /** The command that repeats just this check. */
  reproduce: z.string(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** Points of 10,000; shown with one decimal, floored. */
export const BasisPoints = z.int().min(0).max(10_000);

export const CategoryResult = z.object({
  id: CategoryId,
  title: z.string(),
  weight: z.int(),
  counts: z.record(Outcome, z.int().nonnegative()),
  proven: Ratio,
  possible: Ratio,
  /** Share of the category's weight that was measured (pass, fail, or blocked by the product). */
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
  /** Fewest passes that satisfy the condition, e.g. 9 of 9. */
  needs: Ratio,
  /** "needs 9 of 9, has 1". */
  distance: z.string(),
  /** Ids of the checks that keep it from being met. */
  missing: z.array(z.string()),
});
export type ConditionResult = z.infer<typeof ConditionResult>;

/** One root cause with everything that hangs on it. */
export const Blocker = z.object({
  /** Id of the check at the root; `boot:<node>` where a node failed to boot and no check looks at it. */
  root: z.string(),
  title: z.string(),
  /** The most severe of the root and all that it blocks. */
  severity: Severity,
  category: CategoryId,
  outcome: Outcome,
  cause: z.string(),
  /** Other checks that fail or stay unknown through this root, sorted. */
  blocks: z.array(z.string()),
  logs: z.array(LogLine),
  remediation: Remediation,
  reproduce: z.string(),
});
export type Blocker = z.infer<typeof Blocker>;

export const Verdict = z.object({
  decision: z.enum(['GO', 'NO-GO']),
  basis: z.enum(['proven', 'violated', 'not-proven', 'harness-failed']),
  /** The rules that decided, most severe first, each a sentence. */
  decidedBy: z.array(z.string()).min(1),
});
export type Verdict = z.infer<typeof Verdict>;

/** The canonical result: sorted, free of clocks and absolute paths, judged again byte for byte. */
export const Result = z.object({
  schema: z.literal('readiness.result/2'),
  run: Manifest.pick({ runId: true, toolVersion: true, startedAt: true, subject: true }),
  planSha256: z.string(),
  factsSha256: z.string(),
  runtime: z.string(),
  seed: z.int(),
  verdict: Verdict,
  score: z.object({ proven: BasisPoints, possible: BasisPoints, coverage: BasisPoints }),
  conditions: z.array(ConditionResult),
  categories: z.array(CategoryResult),
  blockers: z.array(Blocker),
  checks: z.array(CheckResult),
  boot: z.array(BootFacts),
  capabilities: z.array(z.object({ name: z.string(), available: z.boolean(), detail: z.string() })),
  faults: z.array(z.string()),
  harnessErrors: z.array(z.string()),
});
export type Result = z.infer<typeof Result>;
