import { Worker } from 'node:worker_threads';
import { raceAbort } from '../../../../kit/service/race-abort.ts';
import { type Extracted, ExtractionError } from './extracted.ts';
import { workerLimits } from './limits.ts';
import type { WorkerResult, WorkerTask } from './worker.ts';

/**
 * Extracts in a worker thread with bounded memory and time and without the service's environment variables. A file
 * that breaks its parser does not affect the service.
 * @throws ExtractionError when the content cannot be read within the limits; the signal's reason when it aborts
 */
export async function extractInWorker(
  task: WorkerTask,
  { signal, milliseconds = workerLimits.milliseconds }: { signal: AbortSignal; milliseconds?: number },
): Promise<Extracted> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    name: 'extraction',
    workerData: task,
    env: {},
    execArgv: [],
    // Parsers print warnings, which must not mix with the service's log.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: workerLimits.heapMegabytes },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  let timer: NodeJS.Timeout | undefined;
  try {
    const extracted = new Promise<Extracted>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new ExtractionError(`Processing took longer than ${milliseconds / 1000} seconds.`)),
        milliseconds,
      );
      worker.once('message', (result: WorkerResult) => {
        if ('extracted' in result) resolve(result.extracted);
        else reject(new ExtractionError(result.failure));
      });
      worker.once('error', (error: NodeJS.ErrnoException) => {
        const exhausted = error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error instanceof RangeError;
        reject(exhausted ? new ExtractionError('Processing needs too much memory.') : error);
      });
      worker.once('exit', (code) => reject(new Error(`the extraction thread exited with code ${code}`)));
    });
    return await raceAbort(extracted, signal);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
