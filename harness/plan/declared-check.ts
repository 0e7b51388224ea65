import type { Criterion } from './criterion.ts';
import type { CategoryId, ConditionId, Severity } from './outcome.ts';
import type { Capability, Remediation } from './plan.ts';

/** The data of a check as its author writes it. `toPlan` fills in the defaults. */
export interface DeclaredCheck {
  /** `category.subject.what-is-true-when-it-passes`, unique. */
  id: string;
  title: string;
  /** Why it matters for a release, in one or two sentences. */
  why: string;
  category: CategoryId;
  severity: Severity;
  /** Weight within the category, default 1. */
  weight?: number;
  /** Ids of checks that must pass first. */
  needs?: readonly string[];
  requires?: readonly Capability[];
  /** Services that must be booted, default none. */
  services?: readonly string[];
  /** Nodes that must run until the end of the run: the check fails if one exits, even after it passed. */
  staysUp?: readonly string[];
  conditions?: readonly ConditionId[];
  remediation: Remediation;
  /** Time limit, milliseconds; default 15,000. */
  timeoutMs?: number;
  expects: Readonly<Record<string, Criterion>>;
}
