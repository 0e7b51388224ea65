import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** An open-model load: arrivals at a constant rate, whatever the answers. */
export interface LoadPlan {
  name: string;
  /** Iterations started per second. */
  rate: number;
  /** Seconds. */
  duration: number;
  /**
   * Milliseconds within which 99 % of iterations are expected to end; decides how many of them the generator
   * can have under way. Default 1,000.
   */
  iterationP99Ms?: number;
  /** Requests of one iteration, in order. */
  requests: readonly {
    service: ServiceName;
    method: string;
    path: string;
    token?: string;
    body?: unknown;
    /** Statuses that count as success; anything else, or no answer, is a failure. */
    expectedStatuses: readonly number[];
  }[];
}

/** Counts cover every request that was sent; times are of expected answers only, so that errors never look fast. */
export interface LoadSummary {
  total: number;
  failed: number;
  /** Iterations the generator could not start in time: its own shortfall, not the product's. */
  dropped: number;
  /** Iterations started. */
  iterations: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export interface LoadInstrument {
  /**
   * Sends the load and waits for the last answer.
   * @throws Error when the generator itself fails; whatever the product does is in the summary.
   */
  run(plan: LoadPlan): Promise<LoadSummary>;
}
