import { ReadinessError } from '../errors/readiness-error.ts';

/** The error of a report that cannot be rendered. A run without its reports must not look successful. */
export function renderFailed(report: string, cause: unknown): ReadinessError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReadinessError('render-failed', `${report} could not be rendered: ${reason}`, { cause });
}
