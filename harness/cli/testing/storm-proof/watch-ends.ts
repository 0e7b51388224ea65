import { setTimeout as pause } from 'node:timers/promises';
import {
  countEngineRuns,
  countFlows,
  type Queries,
} from '../../../../scenarios/infrastructure/flows/read-flows.ts';

const pollMs = 250;

export interface EndWatch {
  /** Number of confirmed flows that had not ended at the last look. */
  inFlight(): number;
  /** Resolves when all flows and the engine's runs have ended, with the time; undefined when the signal aborts. */
  ended: Promise<number | undefined>;
}

/**
 * Looks at the flows until all have ended.
 * @param options.all resolves when no more flows are started
 */
export function watchEnds(options: {
  database: Queries;
  ids: readonly string[];
  all: Promise<unknown>;
  signal: AbortSignal;
}): EndWatch {
  const { database, ids, signal } = options;
  let inFlight = 0;
  let complete = false;
  const started = options.all.then(() => {
    complete = true;
  });

  async function look(): Promise<boolean> {
    // Before the query: flows that are started during it are not in its result.
    const wasComplete = complete;
    inFlight = (await countFlows(database, { ids, tables: [] })).unended;
    return wasComplete && inFlight === 0 && (await countEngineRuns(database)) === 0;
  }

  async function untilEnded(): Promise<number | undefined> {
    while (!signal.aborted) {
      // PostgreSQL may be down.
      if (await look().catch(() => false)) return performance.now();
      await pause(pollMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }
  return { inFlight: () => inFlight, ended: Promise.all([untilEnded(), started]).then(([at]) => at) };
}
