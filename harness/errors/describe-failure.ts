import { ReadinessError } from './readiness-error.ts';

/** What went wrong, what was seen last, and how to mend it. */
export function describeFailure(error: unknown): string {
  if (error instanceof ReadinessError) {
    const last = error.lastObservation ? `  last seen: ${error.lastObservation}\n` : '';
    return `readiness: ${error.message}\n${last}  mend: ${error.hint}\n`;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `readiness: unexpected failure of the harness itself\n${detail}\n`;
}
