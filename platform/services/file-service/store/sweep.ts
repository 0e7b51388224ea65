import { fileService } from '../../../contracts/file-service/contract.ts';
import { longestUploadMs } from '../../../kit/http/body-pace.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { findAbandonedUploads } from '../processing/work-rows.ts';
import { forgetUpload } from './file-rows.ts';
import type { Storage } from './storage.ts';

/** No upload takes this long, milliseconds. */
const abandonedAfterMs = longestUploadMs(fileService.routes.upload.maxBodyBytes);

/** Takes away what uploads left behind whose process ended in the middle. Answers how many rows and files. */
export async function sweepAbandoned(
  database: Database,
  storage: Storage,
  { ageMs = abandonedAfterMs }: { ageMs?: number } = {},
): Promise<{ rows: number; files: number }> {
  const uploads = await findAbandonedUploads(database, { ageSeconds: Math.ceil(ageMs / 1_000) });
  for (const { id, tenant, storageName } of uploads) {
    await storage.discard(storageName);
    await storage.remove({ tenantId: tenant.tenantId, storageName });
    await forgetUpload(database, tenant, id);
  }
  return { rows: uploads.length, files: await storage.sweep(ageMs) };
}

/** How often abandoned uploads are looked for, milliseconds. */
const sweepEveryMs = 300_000;

/** Sweeps now and from time to time; another process may have been killed in the middle. Answers how to stop. */
export function keepSwept({
  database,
  storage,
  log,
}: {
  database: Database;
  storage: Storage;
  log: Log;
}): () => Promise<void> {
  let sweeping = Promise.resolve();
  const sweep = () => {
    sweeping = sweepAbandoned(database, storage).then(
      ({ rows, files }) => {
        if (rows + files > 0) log.info({ rows, files }, 'swept abandoned uploads');
      },
      (error: unknown) => log.warn({ err: describeFailure(error) }, 'abandoned uploads could not be swept'),
    );
  };
  sweep();
  const timer = setInterval(sweep, sweepEveryMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return sweeping;
  };
}
