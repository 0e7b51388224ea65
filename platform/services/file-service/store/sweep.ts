import { fileService } from '../../../contracts/file-service/contract.ts';
import { longestUploadMs } from '../../../kit/http/body-pace.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { deleteUpload } from './file-rows.ts';
import type { Storage } from './storage.ts';

/** Age at which an unfinished upload is abandoned, milliseconds: no upload takes longer. */
const abandonedAfterMs = longestUploadMs(fileService.routes.upload.maxBodyBytes);
/** Interval of sweeping, milliseconds. */
const sweepEveryMs = 300_000;

/** Deletes the uploads of processes that were killed, at most 100. @returns the numbers of deleted rows and files */
export async function sweepAbandoned(
  database: Database,
  storage: Storage,
): Promise<{ rows: number; files: number }> {
  const { rows: uploads } = await database.query<{
    id: string;
    tenant_id: string;
    uploaded_by: string;
    storage_name: string;
  }>('select id, tenant_id, uploaded_by, storage_name from files.abandoned_uploads($1)', [
    Math.ceil(abandonedAfterMs / 1_000),
  ]);
  for (const { id, tenant_id: tenantId, uploaded_by: userId, storage_name: storageName } of uploads) {
    await storage.discard(storageName);
    await storage.remove({ tenantId, storageName });
    await deleteUpload(database, { tenantId, userId }, id);
  }
  return { rows: uploads.length, files: await storage.sweep(abandonedAfterMs) };
}

/** Sweeps at once and at intervals, since a process may be killed at any time. */
export function createSweeper(options: { database: Database; storage: Storage; log: Log }): RecurringWork {
  const { database, storage, log } = options;
  return createRecurringWork({
    name: 'deleting abandoned uploads',
    log,
    everyMs: sweepEveryMs,
    async work() {
      const { rows, files } = await sweepAbandoned(database, storage);
      if (rows + files > 0) log.info({ rows, files }, 'abandoned uploads deleted');
    },
  });
}
