import { Worker } from 'node:worker_threads';
import { type Extracted, ExtractionError } from './extracted.ts';
import { workerLimits } from './limits.ts';
import type { WorkerAnswer, WorkerTask } from './worker.ts';

/**
 * Extracts in a thread of its own, with bounded memory and time and without the service's environment: whatever a
 * file does to its parser, the service goes on answering.
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
    // Parsers print warnings; the service's output is for its log alone.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: workerLimits.heapMegabytes },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  try {
    return await new Promise<Extracted>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new ExtractionError(`Processing took longer than ${milliseconds / 1000} seconds.`)),
        milliseconds,
      );
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      worker.once('message', (answer: WorkerAnswer) => {
        if ('extracted' in answer) resolve(answer.extracted);
        else reject(new ExtractionError(answer.refused));
      });
      worker.once('error', (error: NodeJS.ErrnoException) => {
        const exhausted = error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error instanceof RangeError;
        reject(exhausted ? new ExtractionError('Processing needs too much memory.') : error);
      });
      worker.once('exit', (code) => reject(new Error(`the extraction ended with code ${code}`)));
    });
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
