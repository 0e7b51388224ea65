import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import { findFile } from '../store/file-rows.ts';
import type { Storage } from '../store/storage.ts';
import { fileTypeOf } from '../upload/file-type.ts';
import { extractInWorker } from './extraction/extract-in-worker.ts';
import { ExtractionError } from './extraction/extracted.ts';
import { workerLimits } from './extraction/limits.ts';
import { type ClaimedWork, claimWork, completeWork, failWork, releaseWork } from './work-rows.ts';

/** How long a taken file stays taken when its process is not heard of again: extraction and storing it, seconds. */
const leaseSeconds = workerLimits.milliseconds / 1_000 + 30;
/** How often a file may end the process that works on it. */
const maxAttempts = 3;

export interface ProcessorOptions {
  database: Database;
  storage: Storage;
  log: Log;
  /** Most files at the same time. */
  workers: number;
  /** Called when a file has been processed; must not wait. */
  onProcessed?: () => void;
  /** How often to look for files nobody said a word about: after a restart, or of another process. Milliseconds. */
  pollMs?: number;
}

export interface Processor {
  /** Looks for waiting files now. Returns at once. */
  wake(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Gives back what is under way and takes nothing more. */
  close(): Promise<void>;
}

/**
 * Processes waiting files, the one that has waited longest first. What waits is in the database: nothing is lost
 * with the process, and several processes share the work.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { database, storage, log, workers } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  async function process(work: ClaimedWork): Promise<void> {
    if (work.attempts > maxAttempts) {
      await failWork(database, work, `Processing ended unexpectedly ${maxAttempts} times.`);
      return;
    }
    const file = await findFile(database, work.tenant, work.id);
    const extracted = await extractInWorker(
      {
        path: storage.path({ tenantId: file.tenant_id, storageName: file.storage_name }),
        extraction: fileTypeOf(file.extension)?.extraction ?? 'none',
      },
      { signal: stopping.signal },
    );
    await completeWork(database, work, extracted);
    options.onProcessed?.();
  }

  /** What to do about work that did not come to its end; the file may be gone, which is fine. */
  async function settle(work: ClaimedWork, error: unknown): Promise<void> {
    if (stopping.signal.aborted) return releaseWork(database, work);
    if (error instanceof ProblemError) return;
    if (error instanceof ExtractionError) return failWork(database, work, error.message);
    log.error({ err: error, file_id: work.id }, 'processing failed');
    await failWork(database, work, 'The file could not be processed.');
  }

  async function processInScope(work: ClaimedWork): Promise<void> {
    await runInScope(backgroundScope(), () =>
      withSpan('process file', { attributes: { 'file.id': work.id } }, async () => {
        try {
          await process(work);
        } catch (error) {
          await settle(work, error);
        }
        log.info({ file_id: work.id, attempt: work.attempts }, 'processed');
      }),
    );
  }

  /** One worker: takes files until none waits. */
  async function drain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const work = await claimWork(database, { leaseSeconds });
      if (work === undefined) return;
      await processInScope(work);
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || running.size >= workers) return;
    // Nothing is lost when the database fails: the file waits, or its lease ends, and the next look finds it.
    const worker = drain()
      .catch((error: unknown) => log.warn({ err: describeFailure(error) }, 'processing has to wait'))
      .finally(() => running.delete(worker));
    running.add(worker);
  }

  const timer = setInterval(wake, options.pollMs ?? 5_000);
  timer.unref();

  return {
    wake,
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
