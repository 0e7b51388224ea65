import { Severity } from '../plan/outcome.ts';
import type { Policy } from '../plan/plan.ts';

/** The severities of which one failed check forbids GO, the highest first. A blocker always does. */
export function severitiesThatForbidGo({
  forbidsGo: least = 'blocker',
}: Pick<Policy, 'forbidsGo'>): Severity[] {
  return Severity.options.slice(0, Severity.options.indexOf(least) + 1);
}

export function forbidsGo(policy: Pick<Policy, 'forbidsGo'>, severity: Severity): boolean {
  return severitiesThatForbidGo(policy).includes(severity);
}
