import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { ScanGate } from '../records/scan-gate.ts';
import { EarlierMatches, ScanNeeded } from './earlier-matches.ts';

/** How long a write waits for its turn to read a whole table, milliseconds: less than its transaction may be idle. */
const patienceMs = 10_000;

export interface MatchingWrite {
  query: Transaction['query'];
  tenantId: string;
  signal: AbortSignal;
  scans: ScanGate;
}

/**
 * Runs a write that looks for records. Where that takes reading a whole table, the write is rolled back, which releases
 * the lock of the base, the table is read, and the write starts again.
 * @throws AirtableProblem 429 or 503 while too many requests read whole tables
 */
export async function withEarlierMatches<T>(
  { query, tenantId, signal, scans }: MatchingWrite,
  write: (earlier: EarlierMatches) => Promise<T>,
): Promise<T> {
  const earlier = new EarlierMatches();
  for (;;) {
    try {
      return await write(earlier);
    } catch (error) {
      if (!(error instanceof ScanNeeded)) throw error;
      await scans.run(tenantId, signal, () => earlier.scan(query, error, signal), patienceMs);
    }
  }
}
