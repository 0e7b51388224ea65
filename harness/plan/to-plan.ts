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
  /** Reasons why the target rejects a check, by id. Default: none. */
  rejected?: ReadonlyMap<string, string>;
  seed: number;
}): Plan {
  return {
    schema: 'readiness.plan/1',
    runtime: options.runtime ?? 'process',
    seed: options.seed,
    policy: options.policy ?? assessmentPolicy,
    checks: options.definitions.map((definition) =>
      toPlannedCheck(definition, reasonToLeaveOut(definition.id, options)),
    ),
  };
}

/** Why the run does not measure a check; undefined if it does. */
function reasonToLeaveOut(
  id: string,
  options: { selected: ReadonlySet<string>; rejected?: ReadonlyMap<string, string> },
): string | undefined {
  return options.selected.has(id) ? options.rejected?.get(id) : 'not selected for this run';
}

function toPlannedCheck(definition: DeclaredCheck, deselected: string | undefined): PlannedCheck {
  return {
    id: definition.id,
    title: definition.title,
    ...(definition.failureTitle === undefined ? {} : { failureTitle: definition.failureTitle }),
    why: definition.why,
    category: definition.category,
    severity: definition.severity,
    weight: definition.weight ?? 1,
    needs: [...(definition.needs ?? [])],
    requires: [
      ...(definition.users === undefined ? [] : ['accounts' as const]),
      ...(definition.requires ?? []),
    ],
    services: [...(definition.services ?? [])],
    ...(definition.staysUp ? { staysUp: [...definition.staysUp] } : {}),
    expects: { ...definition.expects },
    ...(definition.controls?.length ? { controls: [...definition.controls] } : {}),
    conditions: [...(definition.conditions ?? [])],
    ...(definition.standards?.length ? { standards: [...definition.standards] } : {}),
    remediation: definition.remediation,
    timeoutMs: definition.timeoutMs ?? defaultTimeoutMs,
    ...(deselected === undefined ? {} : { deselected }),
  };
}
