import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { createClaimWorkers } from '../../../kit/service/claim-workers.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import { publishProcessed } from '../events/file-live-events.ts';
import { findFile } from '../store/file-rows.ts';
import type { Storage } from '../store/storage.ts';
import { fileTypeOf } from '../upload/file-type.ts';
import { extractInWorker } from './extraction/extract-in-worker.ts';
import { ExtractionError } from './extraction/extracted.ts';
import { workerLimits } from './extraction/limits.ts';
import { type ClaimedWork, claimWork, completeWork, failWork, releaseWork } from './work-rows.ts';

/** Duration of a claim, seconds: extraction and storing its result. */
const leaseSeconds = workerLimits.milliseconds / 1_000 + 30;
/** Maximum number of claims of a file, since a file may crash its process. */
const maxAttempts = 3;

export interface ProcessorOptions {
  database: Database;
  storage: Storage;
  log: Log;
  /** Maximum number of files processed at the same time. */
  workers: number;
  publishLive: PublishLiveEvent;
  /** Called when a file is processed; must not block. */
  onProcessed?: () => void;
  /** Interval of polling for files that other or earlier processes queued, milliseconds. Default 5,000. */
  pollMs?: number;
}

/**
 * Processes queued files in order. The queue is in the database, so it survives the process, and several processes
 * share it.
 */
export function createProcessor(options: ProcessorOptions): RecurringWork {
  const { database, storage, log, workers, publishLive, pollMs } = options;

  async function process(work: ClaimedWork, signal: AbortSignal): Promise<void> {
    if (work.attempts > maxAttempts) return fail(work, `Processing ended unexpectedly ${maxAttempts} times.`);
    const file = await findFile(database, work.tenant, work.id);
    const extracted = await extractInWorker(
      {
        path: storage.path({ tenantId: file.tenant_id, storageName: file.storage_name }),
        extraction: fileTypeOf(file.extension)?.extraction ?? 'none',
      },
      { signal },
    );
    const stored = await completeWork(database, work, extracted);
    options.onProcessed?.();
    if (stored) publishProcessed(publishLive, work.tenant.userId, file, null);
  }

  async function fail(work: ClaimedWork, message: string): Promise<void> {
    if (!(await failWork(database, work, message))) return;
    const file = await findFile(database, work.tenant, work.id);
    publishProcessed(publishLive, work.tenant.userId, file, message);
  }

  async function handleFailure(work: ClaimedWork, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return releaseWork(database, work);
    // The file was deleted.
    if (error instanceof ProblemError) return;
    if (error instanceof ExtractionError) return fail(work, error.message);
    log.error({ err: error, file_id: work.id }, 'processing failed');
    await fail(work, 'The file could not be processed.');
  }

  async function attempt(work: ClaimedWork, signal: AbortSignal): Promise<void> {
    await withSpan('process file', { attributes: { 'file.id': work.id } }, async () => {
      try {
        await process(work, signal);
      } catch (error) {
        await handleFailure(work, error, signal);
      }
      log.info({ file_id: work.id, attempt: work.attempts }, 'processing ended');
    });
  }

  return createClaimWorkers<ClaimedWork>({
    name: 'processing files',
    log,
    concurrency: workers,
    ...(pollMs === undefined ? {} : { everyMs: pollMs }),
    claim: () => claimWork(database, { leaseSeconds }),
    attempt,
  });
}
