import { ReadinessError } from './readiness-error.ts';

/** Text for the terminal: what happened, how to fix it, and the code to find in docs/errors.md. */
export function describeFailure(error: unknown): string {
  if (error instanceof ReadinessError)
    return `readiness: ${error.message}\n  how to fix: ${error.hint}\n  error code: ${error.code}\n`;
  if (isStorageFailure(error))
    return `readiness: ${error.message}\n  how to fix: Make room or the folder writable, or set READINESS_RUNS and READINESS_CACHE to other folders.\n`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `readiness: unexpected failure of the harness itself\n${detail}\n`;
}

/** The file system rejected an operation. A stack would only hide the reason. */
function isStorageFailure(error: unknown): error is NodeJS.ErrnoException {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];
  return (
    error instanceof Error && 'syscall' in error && 'code' in error && codes.includes(String(error.code))
  );
}
