import type { Outcome } from '../plan/outcome.ts';
import type { CheckResult } from './result.ts';

type Titled = Pick<CheckResult, 'title' | 'failureTitle' | 'outcome' | 'shortfall' | 'findings' | 'controls'>;

/** What precedes the title of a check, which says what is true when the check passes. */
const prefixes: Partial<Record<Outcome, string>> = {
  fail: 'Fails',
  error: 'Harness error',
  unmeasured: 'Not measured',
};

/** The title of a root cause: what was seen. */
export function titleOfRoot(check: Titled): string {
  if (check.outcome === 'fail') return titleOf(check);
  const prefix = prefixes[check.outcome];
  return prefix === undefined ? check.title : `${prefix}: ${check.title}`;
}

/**
 * The title of a check beside its outcome. A failed check is shown by what was seen. Its failure title states a defect,
 * so it counts only when the check saw that defect: not when the check could not continue, and not when only its
 * controls fail, which show that what it tests works at all.
 */
export function titleOf(check: Titled): string {
  if (check.outcome !== 'fail') return check.title;
  const unmet = check.findings.filter(({ met }) => !met).map(({ name }) => name);
  if (check.shortfall) return `Could not finish: ${check.title}`;
  if (failsByControlsOnly(check)) return `Control fails: ${check.title}`;
  if (unmet.length > 0 && check.failureTitle !== undefined) return check.failureTitle;
  return `${prefixes.fail}: ${check.title}`;
}

/** Whether a failed check saw the defect that it looks for. Otherwise something else is wrong as well. */
export function sawItsDefect(check: Titled): boolean {
  return check.shortfall === undefined && !failsByControlsOnly(check);
}

function failsByControlsOnly({ findings, controls = [] }: Titled): boolean {
  const unmet = findings.filter(({ met }) => !met);
  return unmet.length > 0 && unmet.every(({ name }) => controls.includes(name));
}
