import { Counter, Histogram, type Registry } from 'prom-client';
import type { Log } from '../observe/log.ts';

/** Rows of one kind whose time of retention is over. */
export interface OutdatedRows {
  kind: string;
  /** Maximum number of rows per transaction. */
  batchSize: number;
  /** Deletes up to `batchSize` rows in one transaction. @returns their number */
  deleteBatch(batchSize: number): Promise<number>;
}

export interface BatchedDeletion {
  /** Deletes all rows of a kind, one short transaction after the other, until the signal aborts. */
  run(rows: OutdatedRows, signal: AbortSignal): Promise<void>;
  /** Counts what was deleted otherwise. */
  count(kind: string, deleted: number): void;
}

/** Deletes outdated rows and measures it. Locks are held for one batch only. */
export function createBatchedDeletion({ registry, log }: { registry: Registry; log: Log }): BatchedDeletion {
  const deletions = new Counter({
    name: 'retention_deleted_rows_total',
    help: 'Rows and events that were deleted because their time of retention was over',
    labelNames: ['kind'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'retention_batch_duration_seconds',
    help: 'Duration of a transaction that deletes outdated rows',
    labelNames: ['kind'],
    buckets: [0.01, 0.05, 0.25, 1, 5],
    registers: [registry],
  });
  return {
    async run({ kind, batchSize, deleteBatch }, signal) {
      let batch = batchSize;
      let total = 0;
      while (!signal.aborted && batch === batchSize) {
        const ended = durations.startTimer({ kind });
        batch = await deleteBatch(batchSize);
        ended();
        total += batch;
        deletions.inc({ kind }, batch);
      }
      deletions.inc({ kind }, 0);
      if (total > 0) log.info({ kind, rows: total }, 'outdated rows deleted');
    },
    count: (kind, deleted) => deletions.inc({ kind }, deleted),
  };
}
