import { ReadinessError } from '../errors/readiness-error.ts';

/** A report that could not be rendered. Never swallowed: a run whose report is missing must not look fine. */
export function renderFailed(report: string, cause: unknown): ReadinessError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReadinessError('render-failed', `${report} could not be rendered: ${reason}`, { cause });
}
