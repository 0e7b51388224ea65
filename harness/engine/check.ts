import type { ServiceName } from '../../platform/contracts/service.ts';
import type { Criterion } from '../plan/criterion.ts';
import type { CategoryId, ConditionId, Severity } from '../plan/outcome.ts';
import type { Capability, Remediation } from '../plan/plan.ts';
import type { CheckContext } from './context.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Expectations = Readonly<Record<string, Criterion>>;

/** Every declared expectation must be observed: a missing key is a type error here and no pass in the judge. */
export type Observations<E extends Expectations> = { [K in keyof E]: Json };

export interface CheckDefinition<E extends Expectations = Expectations> {
  /** `area.subject.what-is-true-when-it-passes`, unique. */
  id: string;
  title: string;
  /** Why it matters for a release; one or two sentences. */
  why: string;
  category: CategoryId;
  severity: Severity;
  /** Share within the category; default 1. */
  weight?: number;
  /** Ids of checks that must pass first. */
  needs?: readonly string[];
  requires?: readonly Capability[];
  /** Services that have to be booted; default none. */
  services?: readonly ServiceName[];
  conditions?: readonly ConditionId[];
  remediation: Remediation;
  /** Limit of one attempt, milliseconds; default 15,000. */
  timeoutMs?: number;
  /** `exclusive` checks run alone, so that they neither disturb others nor are disturbed; default `shared`. */
  isolation?: 'shared' | 'exclusive';
  expects: E;
  /** Looks and reports what it saw. It never decides: the judge compares with `expects`. */
  run(context: CheckContext): Promise<Observations<E>>;
}

/** Declares a check: data plus one function. */
export function defineCheck<const E extends Expectations>(definition: CheckDefinition<E>): CheckDefinition {
  return definition as unknown as CheckDefinition;
}
