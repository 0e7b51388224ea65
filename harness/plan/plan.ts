import { z } from 'zod';
import { Criterion, Ratio } from './criterion.ts';
import { CategoryId, ConditionId, Severity } from './outcome.ts';
import { StandardId } from './standards/standard-id.ts';
import { pythonTools } from './tool-name.ts';

/** What a check needs from the machine or the runtime besides the platform's HTTP ports. */
export const Capability = z.enum([
  'browser',
  'k6',
  /** A load generator that is not the limit itself. No check declares it: the generator finds out while it runs. */
  'load-generator',
  'postgres-admin',
  'postgres-service-roles',
  'redis-admin',
  /** The key with which services call each other. */
  'internal-key',
  'logs',
  /** The logs as the services wrote them, with any secret that they contain. */
  'unredacted-logs',
  'many-source-addresses',
  'high-availability',
  /** Checks may restart nodes of the platform. */
  'node-restart',
  /** The platform's processes are children of the harness: checks may suspend and limit them, and start further ones. */
  'process-control',
  /** Requests for every rule of the documents. No check declares it: they send fewer without. */
  'deep-fuzzing',
  /** Drills that take minutes. */
  'long-drills',
  /** The platform's processes run on this machine, so their sockets can be read. */
  'local-sockets',
  /** The harness started the platform, so it knows how long that took. */
  'boot-times',
  /** The harness sees the end of each process. */
  'process-exits',
  /** An address of every service that the check calls. */
  'service-addresses',
  /** Signed-in users: registered ones, or those that a target file gives. */
  'accounts',
  /** Checks may register users. */
  'registration',
  /** The harness runs in a checkout of the repository: an installed package has no package-lock.json. */
  'source-checkout',
  ...pythonTools,
  'mcp-conformance',
  'promtool',
  'traces',
  'monitoring',
  'language-model',
  /** The platform uses the harness's own model server, which replies as checks ask it to. */
  'model-server',
  /** The mails that the platform writes can be read. */
  'mail',
]);
export type Capability = z.infer<typeof Capability>;

export const Remediation = z.object({ text: z.string().min(1), effort: z.enum(['hours', 'days', 'weeks']) });
export type Remediation = z.infer<typeof Remediation>;

/** A check in the plan: all of its data, without its function. */
export const PlannedCheck = z.object({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+$/),
  title: z.string().min(1),
  /** What a failure shows, in the form of `title`; absent where the negation of `title` says it. */
  failureTitle: z.string().min(1).optional(),
  why: z.string().min(1),
  category: CategoryId,
  severity: Severity,
  /** Weight relative to the other checks of the category. */
  weight: z.int().positive(),
  /** Checks that must pass first. If one does not, this check is `blocked`. */
  needs: z.array(z.string()),
  requires: z.array(Capability),
  /** Services that must be booted for this check. */
  services: z.array(z.string()),
  /** Nodes that must run until the end of the run: the check fails if one exits, even after it passed. */
  staysUp: z.array(z.string()).optional(),
  /** Every entry must be observed and meet its criterion. */
  expects: z.record(z.string(), Criterion),
  /** Expectations that only show that what the check tests works at all; absent if there are none. */
  controls: z.array(z.string()).min(1).optional(),
  /** Conditions for GO that this check feeds. */
  conditions: z.array(ConditionId),
  /** Requirements of published standards that the check measures, e.g. `ASVS 9.1.2`; absent if there are none. */
  standards: z.array(StandardId).min(1).optional(),
  remediation: Remediation,
  timeoutMs: z.int().positive(),
  /** Why this run does not measure the check. A deselected check is unmeasured; it stays in the plan. */
  deselected: z.string().optional(),
});
export type PlannedCheck = z.infer<typeof PlannedCheck>;

export const CategoryPolicy = z.object({
  id: CategoryId,
  title: z.string(),
  /** Percent of the total score. The weights of all categories sum to 100. */
  weight: z.int().positive(),
  /** Check ids declared not applicable, each with its reason. */
  notApplicable: z.record(z.string(), z.string().min(1)),
});

export const ConditionPolicy = z.object({
  id: ConditionId,
  title: z.string(),
  /** The wording of the assessment. */
  source: z.string(),
  comparator: z.enum(['>', '>=', '=']),
  /** Share of the condition's checks that must pass, read with `comparator`. */
  threshold: Ratio,
  /** Minimum number of checks that feed this condition. Fewer make the plan invalid. */
  minChecks: z.int().positive(),
});
export type ConditionPolicy = z.infer<typeof ConditionPolicy>;

export const Policy = z.object({
  schema: z.literal('readiness.policy/1'),
  categories: z.array(CategoryPolicy),
  conditions: z.array(ConditionPolicy),
  /**
   * A check of this severity, or of a higher one, that fails forbids GO. Absent in plans that were frozen before it
   * existed: `blocker`.
   */
  forbidsGo: Severity.optional(),
  /** Maximum share of a category's weight that may be declared not applicable. */
  notApplicableCap: Ratio,
  /** Maximum age of the evidence for GO, hours. */
  freshnessHours: z.int().positive(),
});
export type Policy = z.infer<typeof Policy>;

/** Frozen before boot. Its checks, sorted by id, are the denominator of every number. */
export const Plan = z.object({
  schema: z.literal('readiness.plan/1'),
  runtime: z.enum(['process', 'testcontainers', 'compose', 'external']),
  seed: z.int().nonnegative(),
  policy: Policy,
  checks: z.array(PlannedCheck),
});
export type Plan = z.infer<typeof Plan>;
