import { ReadinessError } from './readiness-error.ts';

/** What went wrong, what was seen last, and how to mend it. */
export function describeFailure(error: unknown): string {
  if (error instanceof ReadinessError) {
    const last = error.lastObservation ? `  last seen: ${error.lastObservation}\n` : '';
    return `readiness: ${error.message}\n${last}  mend: ${error.hint}\n`;
  }
  if (isStorageFailure(error))
    return `readiness: ${error.message}\n  mend: Make room or the folder writable, or set READINESS_RUNS and READINESS_CACHE to other folders.\n`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `readiness: unexpected failure of the harness itself\n${detail}\n`;
}

/** The file system did not take something: no fault of the code, so its stack would only hide the reason. */
function isStorageFailure(error: unknown): error is NodeJS.ErrnoException {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];
  return (
    error instanceof Error && 'syscall' in error && 'code' in error && codes.includes(String(error.code))
  );
}
