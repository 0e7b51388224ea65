import { z } from 'zod';

/** The result of one planned check. Only the judge assigns it; a check reports facts. */
export const Outcome = z.enum([
  'pass',
  'fail',
  /** A check that this one needs did not pass; `blockedBy` names the root check. */
  'blocked',
  /** The harness failed while it measured. */
  'error',
  /** Planned but not measured: deselected, tool missing, interrupted, or no result delivered. */
  'unmeasured',
  /** Excluded by the policy with a reason. Check code cannot cause it. */
  'notApplicable',
]);
export type Outcome = z.infer<typeof Outcome>;

export const Severity = z.enum(['blocker', 'high', 'medium', 'low']);
export type Severity = z.infer<typeof Severity>;

export const CategoryId = z.enum([
  'infrastructure',
  'services',
  'authentication',
  'api',
  'frontend',
  'security',
]);
export type CategoryId = z.infer<typeof CategoryId>;

export const ConditionId = z.enum([
  'service-availability',
  'authentication',
  'frontend',
  'gateway-routing',
  'end-to-end',
  'security',
  'error-rate',
]);
export type ConditionId = z.infer<typeof ConditionId>;
