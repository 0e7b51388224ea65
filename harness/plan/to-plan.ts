import type { DeclaredCheck } from './declared-check.ts';
import type { Plan, PlannedCheck, Policy } from './plan.ts';
import { assessmentPolicy } from './policy.ts';

/** Time limit of a check that declares none, milliseconds. */
const defaultTimeoutMs = 15_000;

/** The plan of all checks, selected or not: the plan is the denominator of the score. */
export function toPlan(options: {
  definitions: readonly DeclaredCheck[];
  selected: ReadonlySet<string>;
  /** Default: the policy of the assessment. */
  policy?: Policy;
  /** Default: `process`. */
  runtime?: Plan['runtime'];
  seed: number;
}): Plan {
  return {
    schema: 'readiness.plan/1',
    runtime: options.runtime ?? 'process',
    seed: options.seed,
    policy: options.policy ?? assessmentPolicy,
    checks: options.definitions.map((definition) => toPlannedCheck(definition, options.selected)),
  };
}

function toPlannedCheck(definition: DeclaredCheck, selected: ReadonlySet<string>): PlannedCheck {
  return {
    id: definition.id,
    title: definition.title,
    why: definition.why,
    category: definition.category,
    severity: definition.severity,
    weight: definition.weight ?? 1,
    needs: [...(definition.needs ?? [])],
    requires: [...(definition.requires ?? [])],
    services: [...(definition.services ?? [])],
    ...(definition.staysUp ? { staysUp: [...definition.staysUp] } : {}),
    expects: { ...definition.expects },
    conditions: [...(definition.conditions ?? [])],
    remediation: definition.remediation,
    timeoutMs: definition.timeoutMs ?? defaultTimeoutMs,
    ...(selected.has(definition.id) ? {} : { deselected: 'not selected for this run' }),
  };
}
