import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
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

export interface Processor {
  /** Polls for queued files. Returns at once. */
  wake(): void;
  /** Resolves when no file is being processed. */
  idle(): Promise<void>;
  /** Releases the files being processed and claims no more. */
  close(): Promise<void>;
}

/**
 * Processes queued files in order. The queue is in the database, so it survives the process, and several processes
 * share it.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { database, storage, log, workers, publishLive } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  async function process(work: ClaimedWork): Promise<void> {
    if (work.attempts > maxAttempts) return fail(work, `Processing ended unexpectedly ${maxAttempts} times.`);
    const file = await findFile(database, work.tenant, work.id);
    const extracted = await extractInWorker(
      {
        path: storage.path({ tenantId: file.tenant_id, storageName: file.storage_name }),
        extraction: fileTypeOf(file.extension)?.extraction ?? 'none',
      },
      { signal: stopping.signal },
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

  async function handleFailure(work: ClaimedWork, error: unknown): Promise<void> {
    if (stopping.signal.aborted) return releaseWork(database, work);
    // The file was deleted.
    if (error instanceof ProblemError) return;
    if (error instanceof ExtractionError) return fail(work, error.message);
    log.error({ err: error, file_id: work.id }, 'processing failed');
    await fail(work, 'The file could not be processed.');
  }

  async function processInScope(work: ClaimedWork): Promise<void> {
    await runInScope(backgroundScope(), () =>
      withSpan('process file', { attributes: { 'file.id': work.id } }, async () => {
        try {
          await process(work);
        } catch (error) {
          await handleFailure(work, error);
        }
        log.info({ file_id: work.id, attempt: work.attempts }, 'processing ended');
      }),
    );
  }

  /** One worker: processes files until the queue is empty. */
  async function drain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const work = await claimWork(database, { leaseSeconds });
      if (work === undefined) return;
      await processInScope(work);
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || running.size >= workers) return;
    // When the database fails, the file stays queued or its lease expires. A later poll finds it.
    const worker = drain()
      .catch((error: unknown) =>
        log.warn({ err: describeFailure(error) }, 'queued files could not be processed; retrying'),
      )
      .finally(() => running.delete(worker));
    running.add(worker);
  }

  const timer = setInterval(wake, options.pollMs ?? 5_000);
  timer.unref();

  return {
    wake: () => afterCommit(wake),
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      clearInterval(timer);
      stopping.abort(new Error('stopping'));
      await Promise.all(running);
    },
  };
}
