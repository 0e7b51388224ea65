import { z } from 'zod';
import { Criterion, Ratio } from './criterion.ts';
import { CategoryId, ConditionId, Severity } from './outcome.ts';

/** What a check needs of the machine or the runtime beyond the platform's HTTP ports. */
export const Capability = z.enum([
  'browser',
  'k6',
  'postgres-admin',
  'postgres-service-roles',
  'redis-admin',
  'process-control',
  'logs',
  'many-source-addresses',
  'python',
  'traces',
  'language-model',
]);
export type Capability = z.infer<typeof Capability>;

export const Remediation = z.object({ text: z.string().min(1), effort: z.enum(['hours', 'days', 'weeks']) });
export type Remediation = z.infer<typeof Remediation>;

/** A check as the plan holds it: everything about it but its function. */
export const PlannedCheck = z.object({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+$/),
  title: z.string().min(1),
  why: z.string().min(1),
  category: CategoryId,
  severity: Severity,
  /** Share of the check within its category, relative to the others there; positive integer. */
  weight: z.int().positive(),
  /** Checks that must pass first; a failure there makes this one `blocked`. */
  needs: z.array(z.string()),
  requires: z.array(Capability),
  /** Services that must have been booted for this check. */
  services: z.array(z.string()),
  /** Declared inputs of the judgement: every one must be observed and meet its criterion. */
  expects: z.record(z.string(), Criterion),
  /** GO conditions this check feeds. */
  conditions: z.array(ConditionId),
  remediation: Remediation,
  timeoutMs: z.int().positive(),
  /** Present when this run was asked not to look at the check; it is then unmeasured, never left out. */
  deselected: z.string().optional(),
});
export type PlannedCheck = z.infer<typeof PlannedCheck>;

export const CategoryPolicy = z.object({
  id: CategoryId,
  title: z.string(),
  /** Percent of the whole; the six sum to 100. */
  weight: z.int().positive(),
  /** Check ids declared not applicable, each with its reason. */
  notApplicable: z.record(z.string(), z.string().min(1)),
});

export const ConditionPolicy = z.object({
  id: ConditionId,
  title: z.string(),
  /** The document's own words. */
  source: z.string(),
  comparator: z.enum(['>', '>=', '=']),
  /** Least (or exact) share of the condition's checks that must pass. */
  threshold: Ratio,
  /** Fewest checks that must feed this condition; fewer is a plan error. */
  minChecks: z.int().positive(),
});
export type ConditionPolicy = z.infer<typeof ConditionPolicy>;

export const Policy = z.object({
  schema: z.literal('readiness.policy/1'),
  categories: z.array(CategoryPolicy),
  conditions: z.array(ConditionPolicy),
  /** Most of a category's weight that may be declared not applicable. */
  notApplicableCap: Ratio,
  /** Evidence older than this many hours at judging does not support GO. */
  freshnessHours: z.int().positive(),
});
export type Policy = z.infer<typeof Policy>;

/** Frozen before boot; its checks are the denominator of everything. Sorted by check id. */
export const Plan = z.object({
  schema: z.literal('readiness.plan/1'),
  runtime: z.enum(['process', 'testcontainers', 'compose', 'external']),
  seed: z.int().nonnegative(),
  policy: Policy,
  checks: z.array(PlannedCheck),
});
export type Plan = z.infer<typeof Plan>;
