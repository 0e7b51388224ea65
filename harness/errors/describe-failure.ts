import { ReadinessError } from './readiness-error.ts';

/** Text for the terminal: what happened, how to fix it, and the code to find in docs/errors.md. */
export function describeFailure(error: unknown): string {
  if (error instanceof ReadinessError)
    return `readiness: ${error.message}\n  how to fix: ${error.hint}\n  error code: ${error.code}\n`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `readiness: unexpected failure of the harness itself\n${detail}\n`;
}
