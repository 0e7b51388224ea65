import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** Load in the open model: iterations start at a constant rate, independent of the responses. */
export interface LoadPlan {
  name: string;
  /** Iterations started per second. */
  rate: number;
  /** Seconds. */
  duration: number;
  /**
   * Expected 99th percentile of the duration of an iteration, milliseconds; determines how many iterations can run
   * at the same time. Default 1,000.
   */
  iterationP99Ms?: number;
  /** Requests of one iteration, in order. */
  requests: readonly {
    service: ServiceName;
    method: string;
    path: string;
    token?: string;
    body?: unknown;
    /** Statuses that count as success; any other status, or no response, is a failure. */
    expectedStatuses: readonly number[];
  }[];
}

/** Counts cover every request. Times cover expected responses only: a fast error must not improve them. */
export interface LoadSummary {
  total: number;
  failed: number;
  /** Iterations that the generator could not start in time: its failure, not the product's. */
  dropped: number;
  /** Iterations started. */
  iterations: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export interface LoadInstrument {
  /**
   * Sends the load and waits for the last response.
   * @throws Error when the generator itself fails. Failures of the product are part of the summary.
   */
  run(plan: LoadPlan): Promise<LoadSummary>;
}
