import { z } from 'zod';

/** What became of one planned check. Only the judge hands these out; a check reports facts. */
export const Outcome = z.enum([
  'pass',
  'fail',
  /** A prerequisite failed; `blockedBy` names the root check. */
  'blocked',
  /** The harness broke while measuring. */
  'error',
  /** Planned, and nobody looked: deselected, tool missing, interrupted, no result delivered. */
  'unmeasured',
  /** Declared by policy with a reason; check code cannot cause it. */
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
