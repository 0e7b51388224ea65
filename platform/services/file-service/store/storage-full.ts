import { problem } from '../../../kit/http/problem.ts';

/** No room on the disk, or in a quota of the system; `EFBIG`: a file may not be as large as this one. */
const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Seconds until an upload without room may be sent again: somebody must delete files first. */
const retryAfterS = 60;

/**
 * For errors of the file system while something is stored.
 * @throws ProblemError `storage_full` when there is no room, else the error itself
 */
export function orStorageFull(error: unknown): never {
  if (!fullCodes.has((error as { code?: unknown }).code)) throw error;
  throw problem('storage_full', { headers: { 'retry-after': String(retryAfterS) }, cause: error });
}
