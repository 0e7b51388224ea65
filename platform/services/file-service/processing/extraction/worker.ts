import { parentPort, workerData } from 'node:worker_threads';
import type { Extraction } from '../../upload/file-type.ts';
import { extract } from './extract.ts';
import { type Extracted, ExtractionError } from './extracted.ts';

/** What the thread is started with. */
export interface WorkerTask {
  path: string;
  extraction: Extraction;
}

/** The thread's only message: what it extracted, or why it cannot be. */
export type WorkerAnswer = { extracted: Extracted } | { refused: string };

const { path, extraction } = workerData as WorkerTask;
try {
  parentPort?.postMessage({ extracted: await extract(path, extraction) } satisfies WorkerAnswer);
} catch (error) {
  // Anything else is a fault of ours and ends the thread.
  if (!(error instanceof ExtractionError)) throw error;
  parentPort?.postMessage({ refused: error.message } satisfies WorkerAnswer);
}
// A parser may have left a timer behind.
parentPort?.close();
