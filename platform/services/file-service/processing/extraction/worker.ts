import { parentPort, workerData } from 'node:worker_threads';
import type { Extraction } from '../../upload/file-type.ts';
import { extract } from './extract.ts';
import { type Extracted, ExtractionError } from './extracted.ts';

/** The `workerData` of the thread. */
export interface WorkerTask {
  path: string;
  extraction: Extraction;
}

/** The only message of the thread: the extracted content, or why it cannot be read. */
export type WorkerResult = { extracted: Extracted } | { failure: string };

// The module must not await at its top level: a thread that is ended while it does can end the whole process
// (https://github.com/nodejs/node/issues/53238). An error that `answer` throws ends the thread.
void answer(workerData as WorkerTask);

async function answer({ path, extraction }: WorkerTask): Promise<void> {
  try {
    parentPort?.postMessage({ extracted: await extract(path, extraction) } satisfies WorkerResult);
  } catch (error) {
    // Any other error is a bug and ends the thread.
    if (!(error instanceof ExtractionError)) throw error;
    parentPort?.postMessage({ failure: error.message } satisfies WorkerResult);
  }
  // A parser may have left a timer that keeps the thread alive.
  parentPort?.close();
}
